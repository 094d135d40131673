// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Small random convolutional programs in the CPU compiler's own form.
#pragma once

#include "backends/cpu/compiler/program/Program.h"

#include <random>

namespace glowplug::cpu::test {

/// Convolutions of every kind with epilogues, pools, element-wise work with
/// broadcasts, concatenation, plane reductions, matrix products and ops that
/// only know row-major tensors; one input, several outputs, all f32.
Program randomProgram(std::mt19937 &random);

/// "conv [1, 3, 8, 8] -> [1, 5, 8, 8]; ...", for failure messages.
std::string describe(const Program &program);

} // namespace glowplug::cpu::test
