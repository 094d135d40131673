// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the parts that turn steps into instructions share.

#pragma once

#include "backends/npu-sim/compiler/instr/Kernels.h"
#include "backends/npu-sim/compiler/instr/Memory.h"
#include "backends/npu-sim/compiler/instr/Schedule.h"

#include <map>

namespace glowplug::npusim {

/// A dim of a view; without a block, elements are `stride` apart.
struct TileDim {
  std::int64_t size, stride = 0, block = 1, inner = 0;
};
using TileDims = std::vector<TileDim>;

class ScheduleWriter {
public:
  ScheduleWriter(const Emitter &emitter, const Plan &plan,
                 const std::vector<std::uint8_t> &constants);

  /// Begins a buffer in the scratchpad; those that it covers end.
  void addBuffer(const BufferInfo &info);
  /// Notes the constants that the load \p command brings.
  void noteLoad(const npu::Load &command);

  npu::Result<instr::ActionUnion> write(const npu::Command &command);

  /// The program so far, without instructions.
  instr::ProgramT take();

private:
  /// A byte of a buffer.
  struct Place {
    std::uint32_t buffer = 0;
    std::int64_t offset = 0;
  };
  std::uint32_t newBuffer(std::string name, std::uint32_t space,
                          std::int64_t offset, std::int64_t bytes);
  void addTensors(const Program &image, const Plan &plan);
  Place inScratchpad(std::int64_t address);
  Place inAccumulator(std::int64_t row) const;
  Place inDram(std::int32_t base, std::int64_t offset);
  /// \p row of the accumulator, or an address, by the kind of a destination.
  Place inMemory(bool isAccumulator, std::int64_t address);
  instr::ViewT view(Place place, image::DType dtype,
                    const TileDims &dims) const;
  void fail(const std::string &message) {
    if (problem.empty())
      problem = message;
  }

  instr::ActionUnion writeAction(const npu::Load &command);
  instr::ActionUnion writeAction(const npu::Store &command);
  instr::ActionUnion writeAction(const npu::Copy &command);
  instr::ActionUnion writeAction(const npu::Fill &command);
  instr::ActionUnion writeAction(const npu::Matmul &command);
  instr::ActionUnion writeAction(const npu::Vector &command);
  instr::ActionUnion writeAction(const npu::Depthwise &command);
  instr::ActionUnion writeAction(const npu::Transpose &command);
  instr::ActionUnion writeAction(const npu::Sync &command);

  instr::ActionUnion copy(Place from, Place to, std::int64_t run,
                          const std::array<std::int32_t, 4> &count,
                          const std::array<std::int32_t, 4> &fromStep,
                          const std::array<std::int32_t, 4> &toStep) const;
  template <typename Command>
  void readOutput(const Command &command, Arithmetic &to);
  std::vector<std::int32_t> zeroPoints(std::int32_t columns, std::int32_t all,
                                       std::int32_t address, bool isUnsigned);
  /// Adds views of the parameters from \p address on to \p compute: of rank \p
  /// rank, with lanes in dim \p laneDim.
  void addParameters(const Arithmetic &arithmetic, std::int64_t address,
                     std::size_t rank, std::size_t laneDim,
                     const instr::ViewT &b, instr::ComputeT &compute);
  instr::ActionUnion finish(instr::ComputeT compute, Kernels::Key key,
                            const std::function<image::AttributesUnion()> &op);

  const npu::Config config;
  const MemoryMap map;
  const std::int64_t lanes;
  const std::vector<std::uint8_t> &constants;
  instr::ProgramT program;
  Kernels kernels;
  std::string problem;

  /// In order of their offsets behind the base register.
  std::array<std::map<std::int64_t, std::uint32_t>, npu::baseRegisters> tensors;
  /// Of the scratchpad, by first address.
  std::map<std::int64_t, std::uint32_t> buffers;
  std::uint32_t firstSums = 0; ///< buffers of the accumulator's banks
  /// The scratchpad, as far as constants were loaded.
  std::vector<std::uint8_t> loaded;
};

} // namespace glowplug::npusim
