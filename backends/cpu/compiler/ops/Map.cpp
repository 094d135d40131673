// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise regions over whole tensors.

#include "backends/cpu/compiler/lower/MapStep.h"
#include "backends/cpu/compiler/ops/Ops.h"

namespace glowplug::cpu {

void lowerMap(Lowering &l, const Op &op, const MapOp &map) {
  std::vector<View> outputs;
  for (ValueId result : op.results)
    outputs.push_back(l.allocate(result));
  std::vector<View> inputs;
  for (ValueId operand : op.operands) {
    // Reading along another dim than the last is slower than a copy made by
    // a kernel for transposing.
    const View &view = l.view(operand);
    int64_t stride = view.innerStride();
    inputs.push_back(stride == 0 || stride == 1 ? view : l.dense(operand));
  }
  mapStep(l, map.region, inputs, outputs);
}

} // namespace glowplug::cpu
