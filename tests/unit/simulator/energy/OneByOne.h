// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counts what a command does by doing it: one access, product or byte after
/// the other, as simulator/device would, with no formula. Slow.

#pragma once

#include "simulator/energy/Counts.h"

namespace glowplug::npu::test {

/// As countActions of a command.
Counts countOneByOne(const Command &command, const Config &config);

/// The parts for the commands with windows.
void doOneByOne(const Matmul &command, const Config &config, Counts &counts);
void doOneByOne(const Depthwise &command, const Config &config, Counts &counts);

} // namespace glowplug::npu::test
