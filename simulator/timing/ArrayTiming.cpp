// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The time that the systolic array takes for its commands, in closed form.

#include "simulator/timing/ArrayTiming.h"

#include <algorithm>

namespace glowplug::npu {

Span ArrayTiming::begin(const Command &command, Cycle start) {
  return std::visit(
      [&]<typename T>(const T &c) {
        if constexpr (isWorkOf<T>(Queue::Matrix))
          return next(c, start);
        else
          return spanOfSync(start);
      },
      command);
}

Span ArrayTiming::next(const Matmul &command, Cycle start) {
  const Cycle r = config.arrayRows;
  const Cycle blocks =
      Cycle(command.blocks) * command.kernelH * command.kernelW;
  const Cycle zeroPoints = command.weightZpColumns != 0 ? 1 : 0;
  loadEnd = std::max({start, loadEnd, multiply}) + zeroPoints + r;
  multiply = std::max(loadEnd, multiply + rows);
  rows = Cycle(command.outH) * command.outW;
  // From the second block on, multiply(n) = multiply(n-1) + max(rows, R).
  if (blocks > 1) {
    const Cycle last = multiply + (blocks - 1) * std::max(rows, r);
    loadEnd = last - std::max(rows, r) + r;
    multiply = last;
  }
  return {loadEnd, multiply + rows + arrayLatency(config)};
}

} // namespace glowplug::npu
