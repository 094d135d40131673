// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Standard output is for the data of the command alone, whatever plugins in
/// its process print.

#pragma once

#include <cstdio>

namespace glowplug::cli {

/// What was standard output when the command began. What anybody else writes to
/// standard output goes to standard error.
std::FILE *dataFile();

} // namespace glowplug::cli
