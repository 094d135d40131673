// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Data movement that is only another view of the same elements. Whoever needs
// them in row-major order copies them then.

#include "backends/cpu/compiler/lower/MapStep.h"
#include "backends/cpu/compiler/ops/Ops.h"

namespace glowplug::cpu {

void lowerTranspose(Lowering &l, const Op &op, const TransposeOp &transpose) {
  const View &from = l.view(op.operands[0]);
  View to = from;
  for (size_t d = 0; d < to.sizes.size(); ++d) {
    to.sizes[d] = from.sizes[transpose.permutation[d]];
    to.strides[d] = from.strides[transpose.permutation[d]];
  }
  l.define(op.results[0], to);
}

void lowerReshape(Lowering &l, const Op &op) {
  const Shape &shape = l.value(op.results[0]).shape;
  std::optional<View> to = reshapeView(l.view(op.operands[0]), shape);
  if (!to)
    to = reshapeView(l.dense(op.operands[0]), shape);
  l.define(op.results[0], *to);
}

void lowerBroadcast(Lowering &l, const Op &op) {
  View to = l.view(op.operands[0]);
  const Shape &shape = l.value(op.results[0]).shape;
  for (size_t d = 0; d < shape.size(); ++d)
    if (to.sizes[d] != shape[d]) {
      to.sizes[d] = shape[d];
      to.strides[d] = 0;
    }
  l.define(op.results[0], to);
}

void lowerSlice(Lowering &l, const Op &op, const SliceOp &slice) {
  View to = l.view(op.operands[0]);
  to.sizes = l.value(op.results[0]).shape;
  // Without elements there is no place to begin at.
  if (to.elements() != 0)
    for (size_t d = 0; d < to.sizes.size(); ++d) {
      to.offset += slice.starts[d] * to.strides[d] * byteSize(to.type);
      to.strides[d] *= slice.strides[d];
    }
  l.define(op.results[0], to);
}

void lowerPad(Lowering &l, const Op &op, const PadOp &pad) {
  View to = l.allocate(op.results[0]);
  View fill = l.view(op.operands[1]);
  fill.sizes.assign(to.sizes.size(), 1);
  fill.strides.assign(to.sizes.size(), 0);
  Region same;
  same.parameters = {to.type};
  same.results = {0};
  mapStep(l, same, {fill}, {to});

  const View &from = l.view(op.operands[0]);
  View inside = to;
  inside.sizes = from.sizes;
  for (size_t d = 0; d < to.sizes.size(); ++d) {
    inside.offset += pad.low[d] * to.strides[d] * byteSize(to.type);
    inside.strides[d] = to.strides[d] * (pad.interior[d] + 1);
  }
  l.copy(from, inside);
}

void lowerConcat(Lowering &l, const Op &op, const ConcatOp &concat) {
  View to = l.allocate(op.results[0]);
  View part = to;
  for (ValueId operand : op.operands) {
    part.sizes = l.value(operand).shape;
    l.placeOrCopy(l.view(operand), part);
    part.offset +=
        part.sizes[concat.dim] * to.strides[concat.dim] * byteSize(to.type);
  }
}

} // namespace glowplug::cpu
