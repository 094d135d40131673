// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Strided transfers as load and store commands.

#pragma once

#include "backends/npu-sim/compiler/emit/Emitter.h"

#include <algorithm>

namespace glowplug::npusim {

/// `run` bytes over loops, in as few commands as fit.
class Transfer {
public:
  /// From or to \p offset behind register \p base, and \p address in the
  /// scratchpad.
  Transfer(std::uint8_t base, std::int64_t offset, std::int64_t address,
           std::int64_t run)
      : base(base), offset(offset), address(address), run(run) {}

  /// Adds a loop of \p count around those before, with steps in bytes.
  void loop(std::int64_t count, std::int64_t dram, std::int64_t local) {
    if (count == 1)
      return;
    // Runs side by side on both sides are one.
    if (loops.empty() && dram == run && local == run &&
        run * count <= mostRun) {
      run *= count;
      return;
    }
    if (!loops.empty() && dram == loops.back().dram * loops.back().count &&
        local == loops.back().local * loops.back().count &&
        loops.back().count * count <= mostCount) {
      loops.back().count *= count;
      return;
    }
    loops.push_back({count, dram, local});
  }

  /// Appends Load or Store commands to \p queue.
  template <typename Command>
  void emit(Emitter &emitter, npu::Queue queue) const {
    emit<Command>(emitter, queue, loops.size(), offset, address);
  }

private:
  struct Loop {
    std::int64_t count, dram, local;
  };
  static constexpr std::int64_t mostRun = 65535, mostCount = 65535;

  /// Loops beyond the fourth, and long ones, become commands of their own.
  template <typename Command>
  void emit(Emitter &emitter, npu::Queue queue, std::size_t depth,
            std::int64_t dram, std::int64_t local) const {
    if (depth > 4) {
      const Loop &outer = loops[depth - 1];
      for (std::int64_t i = 0; i < outer.count; ++i)
        emit<Command>(emitter, queue, depth - 1, dram + i * outer.dram,
                      local + i * outer.local);
      return;
    }
    const std::int64_t last = depth == 0 ? 1 : loops[depth - 1].count;
    for (std::int64_t i = 0; i < last; i += mostCount) {
      Command command;
      command.dramBase = base;
      command.dramOffset = dram + (depth == 0 ? 0 : i * loops[depth - 1].dram);
      command.spadAddr = static_cast<std::int32_t>(
          local + (depth == 0 ? 0 : i * loops[depth - 1].local));
      command.run = static_cast<std::int32_t>(run);
      for (std::size_t k = 0; k < depth; ++k) {
        const std::int64_t count =
            k + 1 == depth ? std::min(mostCount, last - i) : loops[k].count;
        command.count[k] = static_cast<std::int32_t>(count);
        command.dramStep[k] = static_cast<std::int32_t>(loops[k].dram);
        command.spadStep[k] = static_cast<std::int32_t>(loops[k].local);
      }
      emitter.add(queue, command);
    }
  }

  std::uint8_t base;
  std::int64_t offset, address, run;
  std::vector<Loop> loops;
};

} // namespace glowplug::npusim
