// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Buffers of an instr program, and tensors in them.

#pragma once

#include "backends/npu-sim/compiler/instr/Memory.h"

#include <glowplug/glue/instr.h>

namespace glowplug::npusim {

using glue::Buffer;
using glue::InstrWriter;
using glue::noBuffer;
using glue::Place;
using glue::Tile;
using glue::TileDim;

/// Gives out DRAM to buffers of a program.
class Dram {
public:
  explicit Dram(InstrWriter &writer) : writer(writer) {}

  /// A buffer after those before it.
  std::uint32_t add(std::string name, std::int64_t bytes) {
    const std::uint32_t buffer =
        writer.addBuffer({std::move(name), dramSpace, 0, 0});
    place(buffer, bytes);
    return buffer;
  }

  /// Places \p buffer, of which only the name was known.
  void place(std::uint32_t buffer, std::int64_t bytes) {
    writer.buffers[buffer].offset = end;
    writer.buffers[buffer].bytes = bytes;
    end = (end + bytes + 63) / 64 * 64;
  }

private:
  InstrWriter &writer;
  std::int64_t end = 0;
};

} // namespace glowplug::npusim
