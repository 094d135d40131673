// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stable sorting along a dim: each line is one call of the runtime.

#include "backends/cpu/compiler/ops/Line.h"
#include "backends/cpu/compiler/ops/Ops.h"

namespace glowplug::cpu {
namespace {

struct SortKernel {
  static constexpr llvm::StringLiteral name = "sort";

  LoopNest nest; // input, values, indices, scratch
  int64_t count; // elements of a line, `inner` elements apart
  int64_t inner;
  bool descending;

  bool operator==(const SortKernel &) const = default;
  void emit(Kernel &k) const;

private:
  void sortLine(Kernel &k, llvm::StructType *line, llvm::Value *argument,
                llvm::ArrayRef<llvm::Value *> pointers, llvm::Value *x) const;
};

/// Fills in \p argument, a \p line, and calls the runtime with it.
void SortKernel::sortLine(Kernel &k, llvm::StructType *line,
                          llvm::Value *argument,
                          llvm::ArrayRef<llvm::Value *> pointers,
                          llvm::Value *x) const {
  for (unsigned i = 0; i < 4; ++i) {
    llvm::Value *start =
        k.advance(pointers[i], nest.type(i), k.scale(x, nest.rowStride(i)));
    const bool isScratch = i == 3;
    k.expectAccess(start, nest.type(i), isScratch ? 2 * count : count,
                   isScratch ? 1 : inner);
    k.b.CreateStore(start, k.b.CreateStructGEP(line, argument, i));
  }
  k.b.CreateStore(k.index(count), k.b.CreateStructGEP(line, argument, 4));
  k.b.CreateStore(k.index(inner), k.b.CreateStructGEP(line, argument, 5));
  k.call("gp_cpu_sort", k.b.getVoidTy(),
         {argument, k.b.getInt32(nest.type(0)), k.b.getInt32(descending)});
}

void SortKernel::emit(Kernel &k) const {
  llvm::Type *pointer = k.b.getPtrTy(), *i64 = k.b.getInt64Ty();
  // runtime/Sort.h: struct SortLine
  llvm::StructType *line =
      llvm::StructType::get(pointer, pointer, pointer, pointer, i64, i64);
  llvm::Value *argument = k.b.CreateAlloca(line);
  nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                   llvm::ArrayRef<llvm::Value *>, RowRange range) {
    vectorLoop(k, range, 1, false, [&](llvm::Value *x, Lanes) {
      sortLine(k, line, argument, pointers, x);
    });
  });
}

} // namespace

void lowerSort(Lowering &l, const Op &op, const SortOp &sort) {
  View input = l.dense(op.operands[0]);
  View values = l.allocate(op.results[0]);
  View indices = l.allocate(op.results[1]);
  LineSpace lines(input, sort.dim);
  View scratch = l.allocate(
      gp_image_dtype_i64, {lines.space.sizes[0], lines.inner, 2 * lines.count});

  IterationSpace space = lines.space;
  space.strides.push_back(space.strides[0]);
  space.strides.push_back({lines.inner * 2 * lines.count, 2 * lines.count});
  LoopNest nest(space, {input.type, values.type, indices.type, scratch.type}, 1,
                std::max<int64_t>(1, 4096 / std::max<int64_t>(1, lines.count)));
  const SortKernel kernel{nest, lines.count, lines.inner, sort.descending};
  l.addStep(kernel, {input, values, indices, scratch},
            lines.count == 0 ? 0 : nest.units(),
            nest.elementsPerUnit() * lines.count * 20000);
}

} // namespace glowplug::cpu
