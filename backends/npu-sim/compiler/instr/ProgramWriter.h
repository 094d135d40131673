// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes an instr program, instruction by instruction.

#pragma once

#include "backends/npu-sim/compiler/instr/Kernel.h"
#include "backends/npu-sim/compiler/instr/WriteRegion.h"
#include "simulator/isa/Config.h"

#include <glowplug/instr_writer.h>

#include <span>

namespace glowplug::npusim {

/// What the caller gives or gets.
struct BoundTensor {
  std::uint32_t buffer;
  gp_image_dtype dtype;
  std::vector<std::int64_t> shape;
};

class ProgramWriter {
public:
  /// What all instructions have.
  struct Step {
    std::uint32_t engine = 0;
    std::vector<std::uint32_t> waits; ///< numbers of instructions
    std::uint32_t layer = 0;
  };

  /// \p buffers are written at the end, and outlive this.
  explicit ProgramWriter(const Buffers &buffers) : buffers(buffers) {}

  /// Each appends an instruction. A copy has the name of what it fills.
  void copy(const Step &step, const Tile &source, const Tile &target);
  void fill(const Step &step, const Tile &target, std::uint8_t value);
  void compute(const Step &step, Kernel kernel, std::span<const Tile> operands,
               const Tile &result, bool accumulate);

  void addLayer(const std::string &name, std::uint64_t macs,
                std::uint64_t bytes);
  void addInput(const BoundTensor &tensor) { inputs.push_back(bind(tensor)); }
  void addOutput(const BoundTensor &tensor) { outputs.push_back(bind(tensor)); }
  /// The one segment holds \p buffer from \p offset on.
  void addConstant(std::uint32_t buffer, std::int64_t offset);

  /// The program for the machine of \p config.
  std::vector<std::uint8_t> finish(const npu::Config &config,
                                   std::uint64_t segmentBytes);

private:
  void append(const Step &step, gp_instr_action type, gp_ref action,
              gp_ref name = 0);
  gp_ref write(const Tile &tile);
  gp_ref bind(const BoundTensor &tensor);
  gp_ref nameOf(std::uint32_t buffer);

  const Buffers &buffers;
  Bytes bytes;
  gp_writer &writer = bytes.writer;
  Kernels kernels;
  std::vector<gp_ref> names; ///< of buffers, as far as they are written
  std::vector<gp_ref> instructions, layers, inputs, outputs, constants;
};

} // namespace glowplug::npusim
