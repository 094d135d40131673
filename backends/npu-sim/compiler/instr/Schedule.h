// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The steps of a program as an instr program (schema/instr.fbs).

#pragma once

#include "backends/npu-sim/compiler/emit/Emitter.h"
#include "backends/npu-sim/compiler/instr/instr_generated.h"
#include "backends/npu-sim/compiler/layout/Plan.h"

namespace glowplug::npusim {

/// What \p emitter made for \p plan, which is used up, as an instr program in
/// the order in which its instructions would start. One segment holds \p
/// constants. The loads of what the encoder keeps back are left out. A fault
/// says what has no form as an instruction: a defect of the emitters.
npu::Result<instr::ProgramT>
writeSchedule(Emitter &emitter, const Plan &plan,
              const std::vector<std::uint8_t> &constants);

} // namespace glowplug::npusim
