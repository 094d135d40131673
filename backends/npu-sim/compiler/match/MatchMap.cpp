// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise work.

#include "backends/npu-sim/compiler/match/MatchOps.h"

#include <fmt/format.h>

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
  // Which dim has the channels is not written anywhere: any will do that all
  // operands agree on.
  const int last = static_cast<int>(use.result().shape.size()) - 1;
  const int usual = last >= 2 ? 1 : last;
  Refused refused = addEpilogue(use, region, gp_image_dtype_none, 0, usual);
  if (refused && usual != last)
    if (!addEpilogue(use, region, gp_image_dtype_none, 0, last))
      return std::nullopt;
  return refused;
}

} // namespace glowplug::npusim
