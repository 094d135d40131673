// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants: no step, only a place.

#include "backends/cpu/compiler/ops/Ops.h"

namespace glowplug::cpu {

void lowerConstant(Lowering &l, const Op &op, const ConstantOp &constant) {
  const Value &value = l.value(op.results[0]);
  if (constant.data.empty() && constant.segment >= 0) {
    StorageId storage = l.addStorage(
        {Storage::Kind::given, static_cast<uint32_t>(constant.segment),
         value.bytes() + static_cast<int64_t>(constant.offset)});
    l.define(op.results[0],
             {storage, static_cast<int64_t>(constant.offset), value.type,
              value.shape, denseStrides(value.shape)});
    return;
  }
  View view = l.addRodata(value.type, {}, constant.data);
  view.sizes = value.shape;
  if (constant.splat)
    view.strides.assign(value.shape.size(), 0);
  else
    view.strides = denseStrides(value.shape);
  l.define(op.results[0], view);
}

} // namespace glowplug::cpu
