// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the parts that turn instructions into commands share.

#pragma once

#include "backends/npu-sim/compiler/instr/Arithmetic.h"
#include "backends/npu-sim/compiler/instr/Encode.h"
#include "backends/npu-sim/compiler/instr/Memory.h"
#include "backends/npu-sim/runtime/Blob.h"
#include "simulator/isa/Command.h"

#include <map>
#include <optional>

namespace glowplug::npusim {

/// Where the buffers of a program lie for commands.
class Places {
public:
  Places(const instr::ProgramT &program, const npu::Config &config,
         std::span<const std::span<const std::uint8_t>> segments);

  /// A byte in DRAM behind a base register; a byte of the scratchpad; or a row
  /// of the accumulator. By the space of the buffer.
  struct Place {
    std::uint32_t space = dramSpace;
    std::int32_t base = 0; ///< for DRAM
    std::int64_t at = 0;
  };
  Place of(const instr::ViewT &view) const;

  /// Appends \p bytes to the constants; where they begin.
  std::int64_t append(std::span<const std::uint8_t> bytes);

  const MemoryMap map;
  std::vector<std::uint8_t> constants;
  std::vector<Binding> inputs, outputs;
  npu::Extents extents{};

private:
  const instr::ProgramT &program;
  struct Origin {
    std::int32_t base = 0;
    std::int64_t offset = 0;
  };
  std::vector<Origin> origins; ///< of each buffer in DRAM
};

/// Something that a command reads and an instr program does not hold: a table,
/// or the zero points of columns. Begins with a line.
using KeptBytes = std::vector<std::uint8_t>;

/// A kernel as far as it is the same for all its uses.
struct KernelPlan {
  std::string problem; ///< why no command does it; empty if one can
  const image::OpT *op = nullptr;
  ReadRegion region;
  KeptBytes table, zeroPoints; ///< or empty
};

KernelPlan planKernel(const image::BodyT &body, const npu::Config &config);

/// Makes the command of one instruction. Faults begin with the field.
class InstructionEncoder {
public:
  InstructionEncoder(const Places &places, const npu::Config &config)
      : places(places), config(config), lanes(config.arrayRows) {}

  /// \p table and \p zeroPoints are where those of \p kernel lie.
  npu::Result<npu::Command> compute(const instr::ComputeT &compute,
                                    const KernelPlan &kernel,
                                    std::uint32_t engine, std::int64_t table,
                                    std::int64_t zeroPoints);
  npu::Result<npu::Command> copy(const instr::CopyT &copy);
  npu::Result<npu::Command> fill(const instr::FillT &fill);

private:
  /// \p value for a field of 32 bits.
  std::int32_t narrow(std::int64_t value, const char *field);
  bool fail(const std::string &message) {
    if (problem.empty())
      problem = message;
    return false;
  }
  bool need(bool holds, const char *message) { return holds || fail(message); }

  npu::Matmul matmul(const instr::ComputeT &compute, const KernelPlan &kernel,
                     std::int64_t zeroPoints);
  npu::Vector map(const instr::ComputeT &compute, const KernelPlan &kernel,
                  std::int64_t table);
  npu::Vector reduce(const instr::ComputeT &compute, const KernelPlan &kernel,
                     std::int64_t table);
  npu::Depthwise window(const instr::ComputeT &compute,
                        const KernelPlan &kernel, std::int64_t table,
                        std::int64_t zeroPoints);
  npu::Transpose transpose(const instr::ComputeT &compute);
  template <typename Command>
  void setOutput(Command &command, const instr::ComputeT &compute,
                 const KernelPlan &kernel, std::size_t firstExtra,
                 std::int64_t table);
  template <typename Command>
  void setWindow(Command &command, const instr::ViewT &input,
                 const instr::ViewT &weights, const instr::ViewT &result);
  void setWeights(std::int32_t &unsignedField, std::int32_t &zp,
                  std::int32_t &columns, std::int32_t &address,
                  const instr::ViewT &weights, const image::ConvT &conv,
                  std::int64_t zeroPoints);

  const Places &places;
  const npu::Config &config;
  const std::int64_t lanes;
  std::string problem;
};

} // namespace glowplug::npusim
