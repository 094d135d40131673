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
  bool isWhole = true, isRepeated = true;
  for (int d = 0; d < int(shape.size()); ++d) {
    if (result[d] == 1)
      continue;
    if (d == channel || (d == 0 && shape[d] != 1)) {
      if (shape[d] != result[d])
        return false;
      continue;
    }
    if (d == 0)
      continue;
    isWhole = isWhole && shape[d] == result[d];
    isRepeated = isRepeated && shape[d] == 1;
  }
  return isWhole || isRepeated;
}

} // namespace glowplug::npusim
