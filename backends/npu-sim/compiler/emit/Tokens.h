// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Who waits for whom follows from the bytes of tiles.

#pragma once

#include "backends/npu-sim/compiler/instr/Tile.h"
#include "backends/npu-sim/compiler/schedule/Hazards.h"

namespace glowplug::npusim {

/// The tokens between the engines of a program whose instructions are added in
/// an order in which they may run one after the other.
class Tokens {
public:
  explicit Tokens(const std::vector<Buffer> &buffers) : buffers(buffers) {}

  /// Adds an instruction, and returns those that it has to wait for. None of
  /// these is of its own engine, since an engine keeps its order.
  std::vector<std::uint32_t> add(int engine, std::span<const Tile> reads,
                                 const Tile &writes);

  /// The next instruction waits for all so far of \p engine.
  void waitFor(int engine) {
    if (clocks.lastOf(engine) >= 0)
      extra.push_back(clocks.lastOf(engine));
  }

private:
  npu::Access accessOf(const Tile &tile, bool writes) const;

  const std::vector<Buffer> &buffers;
  Hazards hazards;
  Clocks clocks;
  std::vector<StepId> extra;
};

} // namespace glowplug::npusim
