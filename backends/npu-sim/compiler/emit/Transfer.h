// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Strided transfers as copies.

#pragma once

#include "backends/npu-sim/compiler/emit/Emitter.h"

namespace glowplug::npusim {

/// `run` bytes over loops, in as few copies as fit.
class Transfer {
public:
  Transfer(Place source, Place target, std::int64_t run)
      : source(source), target(target), run(run) {}

  /// Adds a loop of \p count around those before, with steps in bytes.
  void loop(std::int64_t count, std::int64_t from, std::int64_t to);

  void emit(Emitter &emitter, npu::Queue queue) const {
    emit(emitter, queue, loops.size(), source, target);
  }

private:
  struct Loop {
    std::int64_t count, from, to;
  };
  void emit(Emitter &emitter, npu::Queue queue, std::size_t depth, Place from,
            Place to) const;

  Place source, target;
  std::int64_t run;
  std::vector<Loop> loops;
};

} // namespace glowplug::npusim
