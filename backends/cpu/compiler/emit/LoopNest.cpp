// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loop nests over strided operands.

#include "backends/cpu/compiler/emit/LoopNest.h"

#include "backends/cpu/compiler/emit/Elements.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace glowplug::cpu {

int64_t IterationSpace::elements() const {
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  return count;
}

void IterationSpace::simplify() {
  IterationSpace result;
  result.strides.resize(strides.size());
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 1)
      continue;
    bool merges = !result.sizes.empty();
    for (size_t i = 0; i < strides.size() && merges; ++i)
      merges = result.strides[i].back() == strides[i][d] * sizes[d];
    if (merges) {
      result.sizes.back() *= sizes[d];
    } else {
      result.sizes.push_back(sizes[d]);
      for (auto &list : result.strides)
        list.push_back(0);
    }
    for (size_t i = 0; i < strides.size(); ++i)
      result.strides[i].back() = strides[i][d];
  }
  if (result.sizes.empty()) {
    result.sizes.push_back(1);
    for (auto &list : result.strides)
      list.push_back(1);
  }
  *this = std::move(result);
}

Values splitIndex(Kernel &k, llvm::Value *number,
                  llvm::ArrayRef<int64_t> sizes) {
  Values index(sizes.size());
  for (size_t d = sizes.size(); d-- > 0;) {
    if (sizes[d] == 1) {
      index[d] = k.index(0);
    } else if (d == 0) {
      index[d] = number;
    } else {
      index[d] = k.b.CreateURem(number, k.index(sizes[d]));
      number = k.b.CreateUDiv(number, k.index(sizes[d]));
    }
  }
  return index;
}

void vectorLoop(Kernel &k, RowRange range, unsigned lanes, bool mayMask,
                llvm::function_ref<void(llvm::Value *, Lanes)> body) {
  if (lanes == 1) {
    k.loop(range.lo, range.hi, 1, [&](llvm::Value *x) { body(x, {1}); });
    return;
  }
  llvm::Value *span = k.b.CreateSub(range.hi, range.lo);
  llvm::Value *full =
      range.hasTail
          ? k.b.CreateAdd(range.lo,
                          k.b.CreateAnd(span, k.index(-int64_t(lanes))))
          : range.hi;
  k.loop(range.lo, full, lanes, [&](llvm::Value *x) { body(x, {lanes}); });
  if (auto *rest =
          llvm::dyn_cast<llvm::ConstantInt>(k.b.CreateSub(range.hi, full));
      !range.hasTail || (rest && rest->isZero()))
    return;
  if (k.traits.masksMemory && mayMask)
    k.when(k.b.CreateICmpSLT(full, range.hi), [&] {
      body(full, k.firstLanes(lanes, k.b.CreateSub(range.hi, full)));
    });
  else
    k.loop(full, range.hi, 1, [&](llvm::Value *x) { body(x, {1}); });
}

LoopNest::LoopNest(IterationSpace space, std::vector<DType> operandTypes,
                   unsigned lanes, int64_t unitElements, bool keepRows)
    : loops(std::move(space)), types(std::move(operandTypes)), lanes(lanes) {
  const size_t last = loops.sizes.size() - 1;
  int64_t inner = 1;
  splitDim = last + 1;
  while (splitDim > 0 && (inner * loops.sizes[splitDim - 1] <= unitElements ||
                          (keepRows && splitDim > last)))
    inner *= std::max<int64_t>(1, loops.sizes[--splitDim]);
  int64_t outer = 1;
  if (splitDim > 0) {
    --splitDim;
    block = std::max<int64_t>(1, unitElements / inner);
    for (size_t d = 0; d < splitDim; ++d)
      outer *= loops.sizes[d];
  } else {
    block = std::max<int64_t>(1, loops.sizes[0]);
  }
  if (splitDim == last)
    block = static_cast<int64_t>(llvm::alignTo(block, lanes));
  if (loops.elements() != 0)
    unitCount = outer * llvm::divideCeil(loops.sizes[splitDim], block);
}

int64_t LoopNest::elementsPerUnit() const {
  return unitCount ? llvm::divideCeil(loops.elements(), unitCount) : 0;
}

void LoopNest::emit(Kernel &k, Row row) const {
  const size_t last = loops.sizes.size() - 1;
  auto advance = [&](llvm::ArrayRef<llvm::Value *> pointers, size_t dim,
                     llvm::Value *i) {
    Values result(pointers.begin(), pointers.end());
    for (size_t operand = 0; operand < pointers.size(); ++operand)
      if (int64_t stride = loops.strides[operand][dim])
        result[operand] =
            k.advance(pointers[operand], types[operand], k.scale(i, stride));
    return result;
  };
  // Loops over [lo, hi) of dim, and over all of the dims inside of it.
  auto nest = [&](auto &self, size_t dim, RowRange range, Values pointers,
                  Values index) -> void {
    if (dim == last) {
      row(pointers, index, range);
      return;
    }
    k.loop(range.lo, range.hi, 1, [&](llvm::Value *i) {
      Values inside = index;
      inside.push_back(i);
      int64_t size = loops.sizes[dim + 1];
      self(self, dim + 1, {k.index(0), k.index(size), size % lanes != 0},
           advance(pointers, dim, i), inside);
    });
  };

  llvm::SmallVector<int64_t, 6> unitSizes(loops.sizes.begin(),
                                          loops.sizes.begin() + splitDim);
  const int64_t size = loops.sizes[splitDim];
  const int64_t blocks = llvm::divideCeil(size, block);
  unitSizes.push_back(blocks);
  k.loop(k.begin, k.end, 1, [&](llvm::Value *unit) {
    Values split = splitIndex(k, unit, unitSizes);
    Values pointers;
    for (unsigned i = 0; i < types.size(); ++i)
      pointers.push_back(k.buffer(i));
    Values index;
    for (size_t d = 0; d < splitDim; ++d) {
      pointers = advance(pointers, d, split[d]);
      index.push_back(split[d]);
    }
    RowRange range{k.index(0), k.index(size), size % lanes != 0};
    if (blocks > 1) {
      range.lo = k.scale(split[splitDim], block);
      range.hi = k.b.CreateAdd(range.lo, k.index(block));
      if (size % block != 0)
        range.hi = k.minimum(range.hi, k.index(size));
    }
    nest(nest, splitDim, range, pointers, index);
  });
}

void emitElementwise(Kernel &k, const LoopNest &nest, unsigned inputs,
                     unsigned lanes, Compute compute) {
  const size_t count = nest.space().strides.size();
  bool isContiguous = true;
  for (size_t i = 0; i < count; ++i)
    isContiguous &=
        nest.rowStride(i) == 1 || (nest.rowStride(i) == 0 && i < inputs);
  nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                   llvm::ArrayRef<llvm::Value *>, RowRange range) {
    // Operands that stay the same are loaded once. A store could be to the
    // same place for all LLVM knows, so it would not move the load itself.
    Values constant(inputs);
    for (size_t i = 0; i < inputs; ++i)
      if (nest.rowStride(i) == 0)
        constant[i] = loadElements(k, nest.type(i), pointers[i], 0, {1});
    vectorLoop(k, range, lanes, isContiguous, [&](llvm::Value *x, Lanes at) {
      auto place = [&](size_t i) {
        return k.advance(pointers[i], nest.type(i),
                         k.scale(x, nest.rowStride(i)));
      };
      Values arguments;
      for (size_t i = 0; i < inputs; ++i)
        arguments.push_back(constant[i]
                                ? k.splat(constant[i], at.count)
                                : loadElements(k, nest.type(i), place(i),
                                               nest.rowStride(i), at));
      Values results = compute(arguments, at);
      for (size_t i = inputs; i < count; ++i)
        storeElements(k, nest.type(i), results[i - inputs], place(i),
                      nest.rowStride(i), at);
    });
  });
}

} // namespace glowplug::cpu
