// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise work.

#include "backends/npu-sim/compiler/match/MatchOps.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npusim {

Refused matchMap(OpUse &use) {
  if (gp_image_op_results_count(use.op) != 1)
    return refuse(fmt::format("a map with {} results",
                              gp_image_op_results_count(use.op)));
  if (Refused refused = needBytes(use.result(), "the result"))
    return refused;
  use.layer.kind = LayerKind::Elementwise;
  const gp_image_region region =
      gp_image_map_region(gp_image_op_as_map(use.op));
  // Which dim has the channels is not written anywhere: any will do along which
  // no operand is broadcast. The usual one first, for reasons and layouts.
  const int rank = static_cast<int>(use.result().shape.size());
  std::vector<int> channels{rank >= 3 ? 1 : std::max(rank - 1, 0)};
  for (int d = rank; d-- > 0;)
    channels.push_back(d);
  Refused first;
  for (int channel : channels) {
    Refused refused = addEpilogue(use, region, gp_image_dtype_none, 0, channel);
    if (!refused)
      return std::nullopt;
    if (!first)
      first = refused;
  }
  return first;
}

} // namespace glowplug::npusim
