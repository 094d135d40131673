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

struct MatMulKernel {
  static constexpr llvm::StringLiteral name = "matmul";

  Product product;
  Region epilogue;
  LoopNest nest; // over [batch..., tile of rows, columns]
  int64_t tile;  // rows at a time
  int64_t depth;
  int64_t lhsStep, rhsStep; // from one product of a sum to the next
  bool hasLhsZero, hasRhsZero;
  Ints rowStrides; // per operand of the nest
  unsigned lanes;

  // Operands of the nest: lhs, rhs, perhaps zero points of either side,
  // extras, output.
  static constexpr size_t lhsZero = 2;
  size_t rhsZero() const { return hasLhsZero ? 3 : 2; }
  size_t firstExtra() const { return rhsZero() + hasRhsZero; }
  size_t output() const { return nest.operands() - 1; }

  bool operator==(const MatMulKernel &) const = default;
  void emit(Kernel &k) const;
};

/// The columns of one tile of rows.
struct MatMulRows {
  Kernel &k;
  const MatMulKernel &s;
  llvm::ArrayRef<llvm::Value *> pointers; // as LoopNest gives them
  Values lhsZeros; // per row of the tile; null if there are none

  MatMulRows(Kernel &k, const MatMulKernel &spec,
             llvm::ArrayRef<llvm::Value *> pointers)
      : k(k), s(spec), pointers(pointers) {}

  /// Operand \p i at row \p t of the tile and column \p x.
  llvm::Value *place(size_t i, int64_t t, llvm::Value *x) const {
    const DType type = s.nest.type(i);
    return k.advance(k.advance(pointers[i], type, t * s.rowStrides[i]), type,
                     k.scale(x, s.nest.rowStride(i)));
  }
  llvm::Value *loadZero(size_t i, llvm::Value *pointer, int64_t stride,
                        Lanes at) const {
    return castElement(k, gp_image_dtype_i32, s.product.accumulator,
                       loadElements(k, s.nest.type(i), pointer, stride, at));
  }
  void loadLhsZeros();
  Values reduce(llvm::Value *x, Lanes at) const;
  void store(llvm::ArrayRef<llvm::Value *> sums, llvm::Value *x,
             Lanes at) const;
};

void MatMulRows::loadLhsZeros() {
  lhsZeros.assign(s.tile, nullptr);
  constexpr size_t i = MatMulKernel::lhsZero;
  for (int64_t t = 0; s.hasLhsZero && t < s.tile; ++t)
    lhsZeros[t] = loadZero(
        i, k.advance(pointers[i], s.nest.type(i), t * s.rowStrides[i]), 0, {1});
}

/// The sums at the columns \p x, per row of the tile.
Values MatMulRows::reduce(llvm::Value *x, Lanes at) const {
  const DType lhs = s.product.lhs, rhs = s.product.rhs;
  llvm::Value *rhsZero = nullptr;
  if (s.hasRhsZero)
    rhsZero = loadZero(s.rhsZero(), place(s.rhsZero(), 0, x),
                       s.nest.rowStride(s.rhsZero()), at);
  return k.loop(
      k.index(0), k.index(s.depth), 1,
      Values(s.tile, s.product.zero(k, at.count)),
      [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *> sums) {
        llvm::Value *right =
            k.advance(place(1, 0, x), rhs, k.scale(i, s.rhsStep));
        llvm::Value *y = s.product.factor(
            k, rhs, loadElements(k, rhs, right, 1, at), rhsZero);
        Values next;
        for (int64_t t = 0; t < s.tile; ++t) {
          llvm::Value *left =
              k.advance(place(0, t, x), lhs, k.scale(i, s.lhsStep));
          llvm::Value *f = s.product.factor(
              k, lhs, loadElements(k, lhs, left, 0, {1}), lhsZeros[t]);
          next.push_back(s.product.add(k, sums[t], k.splat(f, at.count), y));
        }
        return next;
      });
}

void MatMulRows::store(llvm::ArrayRef<llvm::Value *> sums, llvm::Value *x,
                       Lanes at) const {
  const size_t last = s.output();
  for (int64_t t = 0; t < s.tile; ++t) {
    Values extras;
    for (size_t i = s.firstExtra(); i < last; ++i)
      extras.push_back(loadElements(k, s.nest.type(i), place(i, t, x),
                                    s.nest.rowStride(i), at));
    llvm::Value *result = applyEpilogue(k, s.epilogue, s.product.accumulator,
                                        sums[t], extras, s.nest.type(last), at);
    storeElements(k, s.nest.type(last), result, place(last, t, x), 1, at);
  }
}

void MatMulKernel::emit(Kernel &k) const {
  nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                   llvm::ArrayRef<llvm::Value *>, RowRange range) {
    MatMulRows rows(k, *this, pointers);
    rows.loadLhsZeros();
    vectorLoop(k, range, lanes, true, [&](llvm::Value *x, Lanes at) {
      rows.store(rows.reduce(x, at), x, at);
    });
  });
}

/// Strides of the factor \p view in the dims of the result: batch dims, of
/// which one of size 1 is broadcast, and the dim \p own.
llvm::SmallVector<int64_t, 6> factorStrides(const View &view, size_t own) {
  llvm::SmallVector<int64_t, 6> strides;
  const size_t rank = view.sizes.size();
  for (size_t d = 0; d < rank; ++d)
    strides.push_back(d + 2 < rank ? (view.sizes[d] == 1 ? 0 : view.strides[d])
                                   : (d == own ? view.strides[d] : 0));
  return strides;
}

/// The dims of the result, with the strides of \p buffers: both factors, and
/// others that lie like the last of them, the output.
IterationSpace spaceOf(llvm::ArrayRef<View> buffers) {
  const View &output = buffers.back();
  const size_t rank = output.sizes.size();
  IterationSpace space;
  space.sizes.assign(output.sizes.begin(), output.sizes.end());
  space.strides = {factorStrides(buffers[0], rank - 2),
                   factorStrides(buffers[1], rank - 1)};
  for (const View &buffer : buffers.drop_front(2))
    space.strides.emplace_back(buffer.strides.begin(), buffer.strides.end());
  return space;
}

/// Makes a step of the dim of rows \p tile rows. Returns the strides of single
/// rows.
Ints tileRows(IterationSpace &space, int64_t tile) {
  const size_t dim = space.sizes.size() - 2;
  Ints rowStrides;
  for (auto &strides : space.strides) {
    rowStrides.push_back(strides[dim]);
    strides[dim] *= tile;
  }
  space.sizes[dim] /= tile;
  return rowStrides;
}

} // namespace

void lowerMatMul(Lowering &l, const Op &op, const MatMulOp &matmul) {
  const View lhs = l.dense(op.operands[0]), rhs = l.dense(op.operands[1]);
  const View output = l.allocate(op.results[0]);
  std::vector<View> extras = epilogueExtras(l, op, 2);
  const size_t rank = output.sizes.size();
  const auto lhsZero = zeroPointView(l, matmul.lhsZeroPoints, rank, rank - 2);
  const auto rhsZero = zeroPointView(l, matmul.rhsZeroPoints, rank, rank - 1);
  std::vector<View> buffers{lhs, rhs};
  for (const auto &zero : {lhsZero, rhsZero})
    if (zero)
      buffers.push_back(*zero);
  buffers.insert(buffers.end(), extras.begin(), extras.end());
  buffers.push_back(output);
  std::vector<DType> types;
  for (const View &buffer : buffers)
    types.push_back(buffer.type);

  const int64_t rows = output.sizes[rank - 2], depth = lhs.sizes[rank - 1];
  const int64_t tile = rows % 4 == 0 ? 4 : rows % 2 == 0 ? 2 : 1;
  IterationSpace space = spaceOf(buffers);
  const Ints rowStrides = tileRows(space, tile);
  const Product product(lhs.type, rhs.type, l.options.arithmetic);
  const unsigned lanes = product.lanes(l.traits);
  const LoopNest nest(
      space, types, lanes,
      std::max<int64_t>(1, 32768 / std::max<int64_t>(1, depth)));
  const MatMulKernel kernel{product,
                            matmul.epilogue,
                            nest,
                            tile,
                            depth,
                            lhs.strides[rank - 1],
                            rhs.strides[rank - 2],
                            lhsZero.has_value(),
                            rhsZero.has_value(),
                            rowStrides,
                            lanes};
  l.addStep(kernel, buffers, nest.units(),
            nest.elementsPerUnit() * tile *
                (factsOf(matmul.epilogue).costPs + 40 * depth));
}

} // namespace glowplug::cpu
