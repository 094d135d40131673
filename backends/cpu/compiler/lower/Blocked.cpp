// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values in blocked layout: where they lie, and how they become row-major and
// the other way round.

#include "backends/cpu/compiler/lower/Blocked.h"

#include "backends/cpu/compiler/kernels/Reorder.h"
#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {
namespace {

int64_t blockedElements(const Lowering &l, ValueId id) {
  const Shape shape = planeShape(l.value(id).shape);
  return bufferElements(Layout::blocked, l.traits.lanes, shape[0], shape[1],
                        shape[2], shape[3]);
}

struct ReorderKernel {
  static constexpr llvm::StringLiteral name = "reorder";

  ReorderSpec spec;

  bool operator==(const ReorderKernel &) const = default;
  void emit(Kernel &k) const {
    emitReorder(k.b, k.traits, spec, k.buffer(0), k.buffer(1), k.begin, k.end);
  }
};

/// Adds the step that converts \p input, in layout \p from, to \p result.
void addReorder(Lowering &l, ValueId id, Layout from, const View &input,
                const View &result) {
  const Shape shape = planeShape(l.value(id).shape);
  const ReorderSpec spec{from, *elementOf(l.value(id).type), shape[0], shape[1],
                         shape[2] * shape[3]};
  constexpr uint64_t unitCostPs = 8'000'000; // 512 pixels of 16 channels
  l.addStep(ReorderKernel{spec}, {input, result}, reorderUnits(l.traits, spec),
            unitCostPs);
}

/// One pixel and whole blocks, not biased: both layouts are the same bytes.
bool isSameInBoth(const Lowering &l, ValueId id) {
  const Shape shape = planeShape(l.value(id).shape);
  return shape[2] * shape[3] == 1 && shape[1] % l.traits.lanes == 0 &&
         !isBiased(*elementOf(l.value(id).type));
}

} // namespace

std::optional<Element> elementOf(DType type) {
  switch (type) {
  case gp_image_dtype_f32:
    return Element::f32;
  case gp_image_dtype_i32:
    return Element::i32;
  case gp_image_dtype_u8:
    return Element::u8;
  case gp_image_dtype_i8:
    return Element::i8;
  default:
    return std::nullopt;
  }
}

Shape planeShape(llvm::ArrayRef<int64_t> shape) {
  if (shape.size() == 3)
    return {shape[0], shape[1], 1, shape[2]};
  return Shape(shape);
}

View Lowering::allocateBlocked(ValueId id) {
  blockedViews[id] = allocate(value(id).type, {blockedElements(*this, id)});
  return *blockedViews[id];
}

View Lowering::blocked(ValueId id) {
  if (blockedViews[id])
    return *blockedViews[id];
  const View rowMajor = dense(id);
  if (isSameInBoth(*this, id)) {
    const int64_t elements = rowMajor.elements();
    blockedViews[id] =
        View{rowMajor.storage, rowMajor.offset, rowMajor.type, {elements}, {1}};
    return *blockedViews[id];
  }
  const View result = allocateBlocked(id);
  addReorder(*this, id, Layout::rowMajor, rowMajor, result);
  return result;
}

void Lowering::makeRowMajor(ValueId id) {
  const View from = *blockedViews[id];
  if (isSameInBoth(*this, id)) {
    define(id, {from.storage, from.offset, from.type, value(id).shape,
                denseStrides(value(id).shape)});
    return;
  }
  const View to = allocate(id);
  addReorder(*this, id, Layout::blocked, from, to);
}

} // namespace glowplug::cpu
