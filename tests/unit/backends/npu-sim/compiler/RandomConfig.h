// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random machines, small ones first.

#pragma once

#include "simulator/isa/Config.h"
#include "tests/unit/backends/npu-sim/compiler/RandomProgram.h"

namespace glowplug::compilertest {

/// A machine of which every size is random, and many are small.
npu::Config randomConfig(Random &random);
std::string textOf(const npu::Config &config);

} // namespace glowplug::compilertest
