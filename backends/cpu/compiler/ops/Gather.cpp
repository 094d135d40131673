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

struct GatherKernel {
  static constexpr llvm::StringLiteral name = "gather";

  LoopNest nest; // data, indices, output
  int64_t rows;  // to choose from
  int64_t inner; // elements of a row
  unsigned lanes;

  bool operator==(const GatherKernel &) const = default;
  void emit(Kernel &k) const;
};

void GatherKernel::emit(Kernel &k) const {
  const DType type = nest.type(0);
  nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                   llvm::ArrayRef<llvm::Value *>, RowRange range) {
    llvm::Value *row = loadIndex(k, nest.type(1), pointers[1]);
    row = k.maximum(k.minimum(row, k.index(rows - 1)), k.index(0));
    llvm::Value *from = k.advance(pointers[0], type, k.scale(row, inner));
    vectorLoop(k, range, lanes, true, [&](llvm::Value *x, Lanes at) {
      storeElements(k, type,
                    loadElements(k, type, k.advance(from, type, x), 1, at),
                    k.advance(pointers[2], type, x), 1, at);
    });
  });
}

struct ScatterKernel {
  static constexpr llvm::StringLiteral name = "scatter";

  LoopNest nest; // indices, updates, output
  ScatterKind kind;
  int64_t count; // indices, each of one row of updates
  int64_t rows;  // of the output
  int64_t inner; // elements of a row
  unsigned lanes;

  bool operator==(const ScatterKernel &) const = default;
  void emit(Kernel &k) const;

private:
  void update(Kernel &k, llvm::Value *from, llvm::Value *to,
              RowRange range) const;
};

/// Moves or combines the part \p range of a row.
void ScatterKernel::update(Kernel &k, llvm::Value *from, llvm::Value *to,
                           RowRange range) const {
  const DType type = nest.type(1);
  const ScalarOp combines = combiner(kind);
  vectorLoop(k, range, lanes, true, [&](llvm::Value *x, Lanes at) {
    llvm::Value *place = k.advance(to, type, x);
    llvm::Value *value = loadElements(k, type, k.advance(from, type, x), 1, at);
    if (combines != gp_image_scalar_op_none)
      value =
          emitScalar(k, {combines, type, {0, 1}}, {type, type},
                     {loadElements(k, type, place, 1, at), value}, at.count);
    storeElements(k, type, value, place, 1, at);
  });
}

void ScatterKernel::emit(Kernel &k) const {
  const DType type = nest.type(1);
  nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                   llvm::ArrayRef<llvm::Value *>, RowRange range) {
    k.loop(k.index(0), k.index(count), 1, [&](llvm::Value *i) {
      llvm::Value *row =
          loadIndex(k, nest.type(0), k.advance(pointers[0], nest.type(0), i));
      // As unsigned numbers, negative ones are too large as well.
      k.when(k.b.CreateICmpULT(row, k.index(rows)), [&] {
        llvm::Value *from = k.advance(pointers[1], type, k.scale(i, inner));
        llvm::Value *to = k.advance(pointers[2], type, k.scale(row, inner));
        update(k, from, to, range);
      });
    });
  });
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
  // Rows of one element are not worth vectors.
  const unsigned lanes = inner == 1 ? 1 : lanesOf(l, data.type);
  LoopNest nest(space, {data.type, indices.type, data.type}, lanes, 8192);
  const GatherKernel kernel{nest, rows, inner, lanes};
  l.addStep(kernel, {data, indices, output}, nest.units(),
            nest.elementsPerUnit() * 150);
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
  IterationSpace space;
  space.sizes = {inner};
  space.strides = {{0}, {1}, {1}};
  const unsigned lanes = lanesOf(l, data.type);
  LoopNest nest(space, {indices.type, data.type, data.type}, lanes, 1024);
  const ScatterKernel kernel{nest, scatter.kind, count, rows, inner, lanes};
  l.addStep(kernel, {indices, updates, output}, nest.units(),
            nest.elementsPerUnit() * count * 200);
}

} // namespace glowplug::cpu
