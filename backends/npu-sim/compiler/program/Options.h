// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a user may choose about a compilation.

#pragma once

namespace glowplug::npusim {

struct CompileOptions {
  /// Off: a load waits for the computations before it. For comparison only.
  bool doubleBuffer = true;
  /// Look for races in the program; one is a defect of the compiler.
  bool checkRaces = false;
};

} // namespace glowplug::npusim
