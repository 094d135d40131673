// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The fused multiply-add rate of one core, measured by the same code
/// generator.
#pragma once

#include "backends/cpu/compiler/kernels/Tile.h"
#include "tests/unit/backends/cpu/compiler/kernels/Jit.h"

namespace glowplug::cpu::test {

/// Best seconds of \p runs calls of \p body.
double bestSeconds(int runs, llvm::function_ref<void()> body);

/// Giga operations per second of independent multiply-adds on registers: what a
/// kernel can reach at most.
class Roof {
public:
  explicit Roof(Machine &machine, Arithmetic arithmetic = Arithmetic::fp32);
  double measure() const;

private:
  TargetTraits target;
  Arithmetic arithmetic;
  Kernel kernel;
};

} // namespace glowplug::cpu::test
