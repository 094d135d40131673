// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The NPU as a machine description (schema/machine.fbs).

#pragma once

#include "simulator/isa/Config.h"

#include <cstdint>
#include <vector>

namespace glowplug::npusim {

/// The description of an NPU of \p config. Its engines are the queues, in their
/// order; its spaces are those of Memory.h. Equal configurations give equal
/// bytes.
///
/// encode() refuses what the description cannot express: steps and counts
/// beyond the fields of commands; parameters of one command that are not
/// contiguous; two operands of one command in one bank; regions that are more
/// than one pass through the vector unit.
std::vector<std::uint8_t> writeMachine(const npu::Config &config);

} // namespace glowplug::npusim
