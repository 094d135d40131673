// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transfers and fills as instructions.

#include "backends/npu-sim/compiler/instr/ScheduleWriter.h"

namespace glowplug::npusim {

template <typename T>
static instr::ActionUnion actionOf(T action) {
  instr::ActionUnion any;
  any.Set(std::move(action));
  return any;
}

/// Loops from the outermost in, and the run.
static TileDims loopsOf(const std::array<std::int32_t, 4> &count,
                        const std::array<std::int32_t, 4> &step,
                        std::int64_t run) {
  TileDims dims;
  for (int i = 3; i >= 0; --i)
    if (count[i] > 1)
      dims.push_back({count[i], step[i]});
  dims.push_back({run, 1});
  return dims;
}

instr::ActionUnion
ScheduleWriter::copy(Place from, Place to, std::int64_t run,
                     const std::array<std::int32_t, 4> &count,
                     const std::array<std::int32_t, 4> &fromStep,
                     const std::array<std::int32_t, 4> &toStep) const {
  instr::CopyT copy;
  copy.source = std::make_unique<instr::ViewT>(
      view(from, image::DType::u8, loopsOf(count, fromStep, run)));
  copy.target = std::make_unique<instr::ViewT>(
      view(to, image::DType::u8, loopsOf(count, toStep, run)));
  return actionOf(std::move(copy));
}

instr::ActionUnion ScheduleWriter::writeAction(const npu::Load &c) {
  return copy(inDram(c.dramBase, c.dramOffset), inScratchpad(c.spadAddr), c.run,
              c.count, c.dramStep, c.spadStep);
}

instr::ActionUnion ScheduleWriter::writeAction(const npu::Store &c) {
  return copy(inScratchpad(c.spadAddr), inDram(c.dramBase, c.dramOffset), c.run,
              c.count, c.spadStep, c.dramStep);
}

instr::ActionUnion ScheduleWriter::writeAction(const npu::Copy &c) {
  return copy(inScratchpad(c.srcAddr), inScratchpad(c.dstAddr), c.run, c.count,
              c.srcStep, c.dstStep);
}

instr::ActionUnion ScheduleWriter::writeAction(const npu::Fill &c) {
  instr::FillT fill;
  fill.target = std::make_unique<instr::ViewT>(
      view(inScratchpad(c.dstAddr), image::DType::u8,
           loopsOf(c.count, c.dstStep, c.run)));
  fill.value = {static_cast<std::uint8_t>(c.value)};
  return actionOf(std::move(fill));
}

instr::ActionUnion ScheduleWriter::writeAction(const npu::Sync &) {
  return actionOf(instr::WaitT());
}

} // namespace glowplug::npusim
