// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which ops fit the tiled kernels.

#include "backends/cpu/compiler/tiled/Tiled.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::cpu {
namespace {

bool isPlanar(const Value &value) {
  return elementOf(value.type) &&
         (value.shape.size() == 3 || value.shape.size() == 4) &&
         value.elements() > 0;
}

/// The zero points of 8-bit weights, which the kernels subtract beforehand.
bool areSmall(llvm::ArrayRef<int64_t> zeroPoints) {
  return llvm::all_of(zeroPoints, [](int64_t zeroPoint) {
    return zeroPoint >= -255 && zeroPoint <= 255;
  });
}

struct Classifier {
  const Lowering &l;
  const Op &op;
  const std::vector<bool> &isConstant;

  const Value &operand(size_t i) const { return l.value(op.operands[i]); }
  const Value &result() const { return l.value(op.results[0]); }

  template <typename Other>
  LayoutOpKind operator()(const Other &) const {
    return LayoutOpKind::other;
  }

  LayoutOpKind operator()(const ConvOp &conv) const {
    const auto arithmetic = arithmeticFor(l, operand(0).type, operand(1).type);
    if (!arithmetic || conv.transposed || !isPlanar(operand(0)) ||
        !isPlanar(result()) || !isConstant[op.operands[1]])
      return LayoutOpKind::other;
    if (*arithmetic == Arithmetic::int8 && !areSmall(conv.rhsZeroPoints))
      return LayoutOpKind::other;
    switch (chooseConvKind(l.traits, convSpecOf(l, op, conv), *arithmetic)) {
    case ConvKind::none:
      return LayoutOpKind::other;
    case ConvKind::stem:
      return LayoutOpKind::convStem;
    case ConvKind::blocked:
    case ConvKind::depthwise:
    case ConvKind::mixed:
      return LayoutOpKind::conv;
    }
    llvm_unreachable("unknown kind of convolution");
  }

  LayoutOpKind operator()(const WindowOp &window) const {
    if (window.kind == gp_image_reduce_kind_prod || !isPlanar(operand(0)) ||
        !isPlanar(result()))
      return LayoutOpKind::other;
    for (size_t d = 0; d < 2; ++d)
      if (window.sizes[d] != 1 || window.strides[d] != 1 ||
          window.padsLow[d] != 0 || window.padsHigh[d] != 0)
        return LayoutOpKind::other;
    return canPoolBlocked(poolSpecOf(l, op, window)) ? LayoutOpKind::pool
                                                     : LayoutOpKind::other;
  }

  LayoutOpKind operator()(const ReduceOp &reduce) const {
    if (reduce.kind == gp_image_reduce_kind_prod || !isPlanar(operand(0)))
      return LayoutOpKind::other;
    const size_t rank = operand(0).shape.size();
    if (reduce.dims.size() != rank - 2 || reduce.dims.front() != 2)
      return LayoutOpKind::other;
    return LayoutOpKind::planeReduce;
  }

  LayoutOpKind operator()(const MapOp &) const {
    return llvm::all_of(op.results,
                        [&](ValueId id) { return isPlanar(l.value(id)); })
               ? LayoutOpKind::elementwise
               : LayoutOpKind::other;
  }

  LayoutOpKind operator()(const ConcatOp &concat) const {
    return concat.dim == 1 && isPlanar(result()) &&
                   llvm::all_of(
                       op.operands,
                       [&](ValueId id) { return isPlanar(l.value(id)); })
               ? LayoutOpKind::concatChannels
               : LayoutOpKind::other;
  }
};

PoolKind poolKindOf(ReduceKind kind) {
  switch (kind) {
  case gp_image_reduce_kind_max:
    return PoolKind::max;
  case gp_image_reduce_kind_min:
    return PoolKind::min;
  default:
    return PoolKind::sum;
  }
}

} // namespace

LayoutOpKind classify(const Lowering &l, const Op &op,
                      const std::vector<bool> &isConstant) {
  return std::visit(Classifier{l, op, isConstant}, op.attributes);
}

std::optional<Arithmetic> arithmeticFor(const Lowering &l, DType lhs,
                                        DType rhs) {
  const auto isByte = [](DType type) {
    return type == gp_image_dtype_i8 || type == gp_image_dtype_u8;
  };
  if (lhs == gp_image_dtype_f32 && rhs == gp_image_dtype_f32)
    return l.options.arithmetic;
  if (isByte(lhs) && isByte(rhs))
    return Arithmetic::int8;
  return std::nullopt;
}

ConvSpec convSpecOf(const Lowering &l, const Op &op, const ConvOp &conv) {
  const Shape input = planeShape(l.value(op.operands[0]).shape);
  const Shape weights = planeShape(l.value(op.operands[1]).shape);
  const Shape result = planeShape(l.value(op.results[0]).shape);
  ConvSpec spec;
  spec.batch = input[0];
  spec.inChannels = input[1];
  spec.outChannels = result[1];
  spec.groups = conv.groups;
  const size_t last = conv.strides.size() - 1;
  if (last == 1)
    spec.rows = {input[2],        result[2],         weights[2],
                 conv.strides[0], conv.dilations[0], conv.padsLow[0]};
  spec.columns = {input[3],
                  result[3],
                  weights[3],
                  conv.strides[last],
                  conv.dilations[last],
                  conv.padsLow[last]};
  return spec;
}

PoolSpec poolSpecOf(const Lowering &l, const Op &op, const WindowOp &window) {
  const Shape input = planeShape(l.value(op.operands[0]).shape);
  const Shape result = planeShape(l.value(op.results[0]).shape);
  PoolSpec spec;
  spec.kind = poolKindOf(window.kind);
  spec.element = *elementOf(l.value(op.operands[0]).type);
  spec.batch = input[0];
  spec.channels = input[1];
  const size_t last = window.sizes.size() - 1;
  if (last == 3)
    spec.rows = {input[2],          result[2],           window.sizes[2],
                 window.strides[2], window.dilations[2], window.padsLow[2]};
  spec.columns = {input[3],
                  result[3],
                  window.sizes[last],
                  window.strides[last],
                  window.dilations[last],
                  window.padsLow[last]};
  return spec;
}

} // namespace glowplug::cpu
