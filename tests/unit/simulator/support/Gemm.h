// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A matrix product as a program, written as a compiler would.

#pragma once

#include "simulator/isa/Command.h"

#include <vector>

namespace glowplug::npu::test {

/// Sizes of C[m][n] = A[m][k] * B[k][n]. \p panel rows of A stay in the
/// scratchpad while all of B passes by.
struct Gemm {
  int m, n, k, panel;

  // Layouts in DRAM. A (base 0): [m / panel][k / R][panel][R]. B (base 1): for
  // each R columns [k / R][R][R], then biases, multipliers, shifts. C (base 2):
  // [n / R][m][R].
  std::int64_t aBytes(const Config &config) const;
  std::int64_t bBlockBytes(const Config &config) const;
  std::int64_t bBytes(const Config &config) const;
  std::int64_t cBytes(const Config &config) const;
};

/// The program, for R = 16 or less and the default memories. \p buffers is 2
/// for double buffers, or 1.
std::vector<Command> gemmProgram(const Gemm &gemm, const Config &config,
                                 int buffers = 2);

} // namespace glowplug::npu::test
