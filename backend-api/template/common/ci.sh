#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Builds the backend and runs its tests.
#
# usage: ci.sh [CMAKE-OPTION...]
#
# The SDK is found by CMake: where it is not installed below /usr or /usr/local,
# give -DCMAKE_PREFIX_PATH=FOLDER. The command `glowplug` is looked for there and
# in PATH.
set -eu
cd "$(dirname "$0")"
cmake -S . -B build "$@"
cmake --build build --parallel
ctest --test-dir build --output-on-failure --no-tests=error
