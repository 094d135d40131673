// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the parts that turn instructions into commands share.

#pragma once

#include "backends/npu-sim/compiler/instr/Encode.h"
#include "backends/npu-sim/compiler/instr/Kernel.h"
#include "backends/npu-sim/compiler/instr/Memory.h"
#include "backends/npu-sim/runtime/Blob.h"
#include "simulator/isa/Command.h"

namespace glowplug::npusim {

/// Where the buffers of a program lie for commands.
class Places {
public:
  Places(gp_instr_program program, const npu::Config &config,
         std::span<const std::span<const std::uint8_t>> segments);

  /// A byte in DRAM, counted from a base register; a byte of the scratchpad; or
  /// a row of the accumulator. The space of the buffer decides which.
  struct Address {
    std::uint32_t space = dramSpace;
    std::int32_t base = 0; ///< for DRAM
    std::int64_t at = 0;
  };
  Address of(const Tile &tile) const;

  /// Appends \p bytes to the constants; where they begin.
  std::int64_t append(std::span<const std::uint8_t> bytes);

  const MemoryMap map;
  std::vector<Buffer> buffers;
  std::vector<std::uint8_t> constants;
  std::vector<Binding> inputs, outputs;
  npu::Extents extents{};

private:
  void placeWorkspace(const std::vector<bool> &isBound);

  struct Origin {
    std::int32_t base = 0;
    std::int64_t offset = 0;
  };
  std::vector<Origin> origins; ///< of each buffer in DRAM
};

/// A compute of a program, and where the encoder has put what its kernel needs.
struct TileOp {
  const ReadKernel &read;
  std::vector<Tile> operands;
  Tile result;
  bool accumulate;
  std::uint32_t engine;
  std::int64_t table = 0, zeroPoints = 0;

  const Kernel &kernel() const { return read.kernel; }
};

/// Makes the command of one instruction. Faults begin with the field.
class InstructionEncoder {
public:
  InstructionEncoder(const Places &places, const npu::Config &config)
      : places(places), lanes(config.arrayRows) {}

  npu::Result<npu::Command> compute(const TileOp &op);
  npu::Result<npu::Command> copy(const Tile &source, const Tile &target);
  npu::Result<npu::Command> fill(const Tile &target,
                                 std::span<const std::uint8_t> value);

private:
  /// \p value for a field of 32 bits.
  std::int32_t narrow(std::int64_t value, const char *field);
  bool fail(const std::string &message) {
    if (problem.empty())
      problem = message;
    return false;
  }
  bool need(bool holds, const char *message) { return holds || fail(message); }

  npu::Matmul matmul(const TileOp &op);
  npu::Vector map(const TileOp &op);
  npu::Vector reduce(const TileOp &op);
  void setA(npu::Vector &command, const Tile &a);
  npu::Depthwise window(const TileOp &op);
  npu::Transpose transpose(const TileOp &op);
  void setDepthwiseWeights(npu::Depthwise &command, const TileOp &op);
  std::int64_t parametersOf(const TileOp &op, std::size_t firstExtra);
  template <typename Command>
  void setOutput(Command &command, const TileOp &op, std::size_t firstExtra);
  template <typename Command>
  void setWindow(Command &command, const TileOp &op);
  template <typename Command>
  void setWeights(Command &command, const TileOp &op);

  const Places &places;
  const std::int64_t lanes;
  std::string problem;
};

} // namespace glowplug::npusim
