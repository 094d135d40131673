// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Keeps programs from working for ever.

#pragma once

#include "simulator/isa/Program.h"

namespace glowplug::npusim {

/// Rows, of R values each, that the array and the vector unit may take from a
/// program in all: more than 1,000 times what the largest networks need.
inline constexpr std::int64_t mostRows = std::int64_t(1) << 36;

/// The command of a sound program that goes too far: one that writes more bytes
/// than its destination has, or the one with which there are more than mostRows
/// rows. Its counts alone let a command repeat for years, and a copy keeps all
/// its bytes for a moment.
std::optional<npu::Fault> checkWork(const npu::Program &program,
                                    const npu::Config &config);

} // namespace glowplug::npusim
