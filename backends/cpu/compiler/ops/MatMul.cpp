// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products of any type: vectors along the columns, a few rows at a
// time.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/emit/RegionFacts.h"
#include "backends/cpu/compiler/ops/Epilogue.h"
#include "backends/cpu/compiler/ops/Ops.h"
#include "backends/cpu/compiler/ops/Product.h"

#include <algorithm>

namespace glowplug::cpu {
namespace {

/// Strides of \p view for batch dims and the dim \p last of the result.
/// A batch dim of 1 is broadcast.
llvm::SmallVector<int64_t, 6> operandStrides(const View &view, size_t dim) {
  llvm::SmallVector<int64_t, 6> strides;
  const size_t rank = view.sizes.size();
  for (size_t d = 0; d < rank; ++d)
    strides.push_back(d + 2 < rank ? (view.sizes[d] == 1 ? 0 : view.strides[d])
                                   : (d == dim ? view.strides[d] : 0));
  return strides;
}

} // namespace

void lowerMatMul(Lowering &l, const Op &op, const MatMulOp &matmul) {
  View lhs = l.dense(op.operands[0]), rhs = l.dense(op.operands[1]);
  View output = l.allocate(op.results[0]);
  std::vector<View> extras = epilogueExtras(l, op, 2);
  const size_t rank = output.sizes.size();
  const int64_t rows = output.sizes[rank - 2], depth = lhs.sizes[rank - 1];
  const int64_t tile = rows % 4 == 0 ? 4 : rows % 2 == 0 ? 2 : 1;
  Product product(lhs.type, rhs.type, l.options.arithmetic);
  auto lhsPoint = zeroPointView(l, matmul.lhsZeroPoints, rank, rank - 2);
  auto rhsPoint = zeroPointView(l, matmul.rhsZeroPoints, rank, rank - 1);

  std::vector<View> buffers{lhs, rhs};
  IterationSpace space;
  space.sizes.assign(output.sizes.begin(), output.sizes.end());
  space.strides = {operandStrides(lhs, rank - 2),
                   operandStrides(rhs, rank - 1)};
  auto append = [&](const View &view) {
    buffers.push_back(view);
    space.strides.emplace_back(view.strides.begin(), view.strides.end());
    return buffers.size() - 1;
  };
  const size_t lhsPointAt = lhsPoint ? append(*lhsPoint) : 0;
  const size_t rhsPointAt = rhsPoint ? append(*rhsPoint) : 0;
  const size_t firstExtra = buffers.size();
  for (const View &extra : extras)
    append(extra);
  const size_t last = append(output);
  // The loop over rows takes a tile per step; within, strides are these.
  llvm::SmallVector<int64_t, 8> rowStrides;
  for (auto &strides : space.strides) {
    rowStrides.push_back(strides[rank - 2]);
    strides[rank - 2] *= tile;
  }
  space.sizes[rank - 2] /= tile;

  std::vector<DType> types;
  Key key("matmul");
  key << depth << int64_t(l.options.arithmetic) << matmul.epilogue
      << bool(lhsPoint) << bool(rhsPoint);
  for (const View &buffer : buffers) {
    types.push_back(buffer.type);
    key << buffer;
  }
  const unsigned lanes = product.lanes(l.traits);
  LoopNest nest(space, types, lanes,
                std::max<int64_t>(1, 32768 / std::max<int64_t>(1, depth)));
  const uint64_t cost = nest.elementsPerUnit() * tile *
                        (factsOf(matmul.epilogue).costPs + 40 * depth);
  l.addStep(key, buffers, nest.units(), cost, [&](Kernel &k) {
    const int64_t lhsStep = lhs.strides[rank - 1];
    const int64_t rhsStep = rhs.strides[rank - 2];
    auto point = [&](size_t at, llvm::Value *pointer, int64_t stride,
                     Lanes lanesAt) {
      return castElement(k, gp_image_dtype_i32, product.accumulator,
                         loadElements(k, types[at], pointer, stride, lanesAt));
    };
    nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                     llvm::ArrayRef<llvm::Value *>, RowRange range) {
      Values lhsZero(tile);
      for (int64_t t = 0; lhsPoint && t < tile; ++t)
        lhsZero[t] = point(lhsPointAt,
                           k.advance(pointers[lhsPointAt], types[lhsPointAt],
                                     t * rowStrides[lhsPointAt]),
                           0, {1});
      vectorLoop(k, range, lanes, true, [&](llvm::Value *x, Lanes at) {
        auto place = [&](size_t i, int64_t t) {
          llvm::Value *row =
              k.advance(pointers[i], types[i], t * rowStrides[i]);
          return k.advance(row, types[i], k.scale(x, nest.rowStride(i)));
        };
        llvm::Value *rhsZero = rhsPoint
                                   ? point(rhsPointAt, place(rhsPointAt, 0),
                                           nest.rowStride(rhsPointAt), at)
                                   : nullptr;
        Values sums = k.loop(
            k.index(0), k.index(depth), 1,
            Values(tile, product.zero(k, at.count)),
            [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *> now) {
              llvm::Value *right =
                  k.advance(place(1, 0), rhs.type, k.scale(i, rhsStep));
              llvm::Value *y = product.factor(
                  k, rhs.type, loadElements(k, rhs.type, right, 1, at),
                  rhsZero);
              Values next;
              for (int64_t t = 0; t < tile; ++t) {
                llvm::Value *left =
                    k.advance(place(0, t), lhs.type, k.scale(i, lhsStep));
                llvm::Value *f = product.factor(
                    k, lhs.type, loadElements(k, lhs.type, left, 0, {1}),
                    lhsZero[t]);
                next.push_back(product.add(k, now[t], k.splat(f, at.count), y));
              }
              return next;
            });
        for (int64_t t = 0; t < tile; ++t) {
          Values more;
          for (size_t i = firstExtra; i < last; ++i)
            more.push_back(
                loadElements(k, types[i], place(i, t), nest.rowStride(i), at));
          storeElements(k, types[last],
                        applyEpilogue(k, matmul.epilogue, product.accumulator,
                                      sums[t], more, types[last], at),
                        place(last, t), 1, at);
        }
      });
    });
  });
}

} // namespace glowplug::cpu
