// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds the op that a backend cannot compile although it takes it.

#pragma once

#include "core/driver/Compiler.h"

#include <chrono>

namespace glowplug {

/// Compiles the parts of \p model for \p backend, and the ops of the first one
/// that fails each on its own, until \p deadline. \p model was compiled with
/// `partsOnly`. Returns what it found, for people: "part 2, op 'conv1' (Conv)",
/// "part 2", or nothing. For a backend whose crash does not end this process.
std::string blameForCompile(const CompiledModel &model, ProgramBackend &backend,
                            std::chrono::steady_clock::time_point deadline);

} // namespace glowplug
