// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gather and scatter: rows chosen by indices.

#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/emit/LoopNest.h"
#include "backends/cpu/compiler/emit/Scalars.h"
#include "backends/cpu/compiler/ops/Ops.h"

#include <algorithm>

namespace glowplug::cpu {
namespace {

/// Lanes to move or combine elements of \p type with.
unsigned lanesOf(const Lowering &l, DType type) {
  return std::max(1u, l.traits.vectorBytes() / computeSize(type));
}

/// The index at \p pointer as i64.
llvm::Value *loadIndex(Kernel &k, DType type, llvm::Value *pointer) {
  return k.b.CreateSExt(loadElements(k, type, pointer, 0, {1}),
                        k.b.getInt64Ty());
}

ScalarOp combiner(ScatterKind kind) {
  switch (kind) {
  case gp_image_scatter_kind_add:
    return gp_image_scalar_op_add;
  case gp_image_scatter_kind_mul:
    return gp_image_scalar_op_mul;
  case gp_image_scatter_kind_min:
    return gp_image_scalar_op_min;
  case gp_image_scatter_kind_max:
    return gp_image_scalar_op_max;
  default:
    return gp_image_scalar_op_none;
  }
}

} // namespace

void lowerGather(Lowering &l, const Op &op, const GatherOp &gather) {
  View data = l.dense(op.operands[0]);
  View indices = l.dense(op.operands[1]);
  View output = l.allocate(op.results[0]);
  llvm::ArrayRef<int64_t> shape = data.sizes;
  const int64_t outer = elementCount(shape.take_front(gather.dim));
  const int64_t rows = shape[gather.dim];
  const int64_t inner = elementCount(shape.drop_front(gather.dim + 1));
  const int64_t chosen = indices.elements();

  IterationSpace space;
  space.sizes = {outer, chosen, inner};
  space.strides = {{rows * inner, 0, 1}, {0, 1, 0}, {chosen * inner, inner, 1}};
  const DType type = data.type;
  // Rows of one element are not worth a vector's trouble.
  const unsigned lanes = inner == 1 ? 1 : lanesOf(l, type);
  LoopNest nest(space, {type, indices.type, type}, lanes, 8192);
  Key key("gather");
  key << data << indices << gather.dim;
  l.addStep(
      key, {data, indices, output}, nest.units(), nest.elementsPerUnit() * 150,
      [&](Kernel &k) {
        nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                         llvm::ArrayRef<llvm::Value *>, RowRange range) {
          llvm::Value *row = loadIndex(k, indices.type, pointers[1]);
          row = k.maximum(k.minimum(row, k.index(rows - 1)), k.index(0));
          llvm::Value *from = k.advance(pointers[0], type, k.scale(row, inner));
          vectorLoop(k, range, lanes, true, [&](llvm::Value *x, Lanes at) {
            storeElements(
                k, type, loadElements(k, type, k.advance(from, type, x), 1, at),
                k.advance(pointers[2], type, x), 1, at);
          });
        });
      });
}

void lowerScatter(Lowering &l, const Op &op, const ScatterOp &scatter) {
  View data = l.view(op.operands[0]);
  View indices = l.dense(op.operands[1]);
  View updates = l.dense(op.operands[2]);
  View output = l.allocate(op.results[0]);
  l.copy(data, output);
  const int64_t rows = data.sizes[0];
  const int64_t inner = elementCount(llvm::ArrayRef(data.sizes).drop_front());
  const int64_t count = indices.elements();
  if (count == 0)
    return;

  // Updates of one element follow one another, so units are runs of columns.
  const DType type = data.type;
  IterationSpace space;
  space.sizes = {inner};
  space.strides = {{0}, {1}, {1}};
  const unsigned lanes = lanesOf(l, type);
  LoopNest nest(space, {indices.type, type, type}, lanes, 1024);
  Key key("scatter");
  key << indices << output << int64_t(scatter.kind);
  const ScalarOp combines = combiner(scatter.kind);
  l.addStep(
      key, {indices, updates, output}, nest.units(),
      nest.elementsPerUnit() * count * 200, [&](Kernel &k) {
        nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                         llvm::ArrayRef<llvm::Value *>, RowRange range) {
          k.loop(k.index(0), k.index(count), 1, [&](llvm::Value *i) {
            llvm::Value *row = loadIndex(
                k, indices.type, k.advance(pointers[0], indices.type, i));
            // As unsigned numbers, negative ones are too large as well.
            k.when(k.b.CreateICmpULT(row, k.index(rows)), [&] {
              llvm::Value *from =
                  k.advance(pointers[1], type, k.scale(i, inner));
              llvm::Value *to =
                  k.advance(pointers[2], type, k.scale(row, inner));
              vectorLoop(k, range, lanes, true, [&](llvm::Value *x, Lanes at) {
                llvm::Value *place = k.advance(to, type, x);
                llvm::Value *value =
                    loadElements(k, type, k.advance(from, type, x), 1, at);
                if (combines != gp_image_scalar_op_none)
                  value = emitScalar(
                      k, {combines, type, {0, 1}}, {type, type},
                      {loadElements(k, type, place, 1, at), value}, at.count);
                storeElements(k, type, value, place, 1, at);
              });
            });
          });
        });
      });
}

} // namespace glowplug::cpu
