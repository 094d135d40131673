// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Compiles programs, runs them on the simulated NPU, and compares with the
/// core's interpreter.

#pragma once

#include "backends/npu-sim/compiler/Compiler.h"
#include "tests/unit/backends/npu-sim/compiler/RandomProgram.h"

namespace glowplug::compilertest {

struct Outcome {
  std::string refusal; ///< why check() does not take it; empty when it does
  std::string failure; ///< what is wrong; empty when all is well
  std::int64_t commands = 0;
  std::size_t distinct = 0; ///< bytes of the first output
};

/// Compiles \p program for \p config as \p options say, twice, and runs it.
/// What check() takes compiles, to the same bytes each time; the commands have
/// neither races nor bank conflicts; and the outputs have the interpreter's
/// bits.
Outcome compare(const TestProgram &program, const npu::Config &config,
                const npusim::CompileOptions &options);

} // namespace glowplug::compilertest
