// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the operands of regions are spread over a result.

#include "backends/npu-sim/compiler/match/Broadcast.h"

namespace glowplug::npusim {

bool isPerChannel(const Shape &shape, const Shape &result, int channel) {
  if (shape.size() != result.size())
    return false;
  for (int d = 0; d < int(shape.size()); ++d)
    if (shape[d] != (d == channel ? result[d] : 1))
      return false;
  return true;
}

bool isSpread(const Shape &shape, const Shape &result, int channel) {
  if (shape.size() != result.size())
    return false;
  for (int d = 0; d < int(shape.size()); ++d)
    if (shape[d] != result[d] && (d == channel || shape[d] != 1))
      return false;
  return true;
}

} // namespace glowplug::npusim
