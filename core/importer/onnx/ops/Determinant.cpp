// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Det: Gaussian elimination, unrolled over the columns.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

/// The most rows of a matrix: bounds the program that one node makes.
static constexpr int64_t mostRows = 32;

/// Rows from \p row on and columns from \p column on of \p matrices [B, M, M].
static Value block(Node &n, Value matrices, int64_t row, int64_t rows,
                   int64_t column, int64_t columns) {
  return n.b.slice(matrices, {0, row, column},
                   {prim::shapeOf(matrices)[0], rows, columns}, {1, 1, 1});
}

/// Removes the first column of \p matrices [B, M, M]: the row with the greatest
/// element in it takes the first place, and its multiples are subtracted from
/// the others. \p determinant [B, 1, 1] is multiplied by that element, and by
/// -1 for the exchange.
static Value eliminate(Node &n, Value matrices, Value &determinant) {
  const Shape shape(prim::shapeOf(matrices));
  const int64_t rows = shape[1];
  const Type type = prim::elementOf(matrices);
  Value sizes = n.b.map(K::abs, block(n, matrices, 0, rows, 0, 1));
  Value chosen = n.b.argReduce(ReduceKind::max, sizes, 1, /*selectLast=*/false);
  Value numbers = iota(n, 3, 1, rows);
  Value masked =
      n.b.map({matrices, numbers, chosen}, [&](ScalarBuilder &s, ValueRange v) {
        return s.select(s.op(K::eq, {v[1], v[2]}), v[0], s.number(0.0, type));
      });
  Value pivotRow = n.b.reduce(ReduceKind::sum, masked, {1});
  Value pivot = block(n, pivotRow, 0, 1, 0, 1);
  determinant = n.b.map({determinant, pivot, chosen}, [](ScalarBuilder &s,
                                                         ValueRange v) {
    Value product = s.mul(v[0], v[1]);
    Value zero = s.number(int64_t{0}, v[2].getType());
    return s.select(s.op(K::eq, {v[2], zero}), product, s.op(K::neg, product));
  });
  // The first row goes where the chosen one came from.
  Value others = n.b.map(
      {matrices, block(n, matrices, 0, 1, 0, shape[2]), numbers, chosen},
      [](ScalarBuilder &s, ValueRange v) {
        return s.select(s.op(K::eq, {v[2], v[3]}), v[1], v[0]);
      });
  const int64_t left = rows - 1;
  return n.b.map({block(n, others, 1, left, 1, left),
                  block(n, others, 1, left, 0, 1),
                  block(n, pivotRow, 0, 1, 1, left), pivot},
                 [&](ScalarBuilder &s, ValueRange v) {
                   // Without an element but 0 the determinant is 0 already.
                   Value zero = s.number(0.0, type);
                   Value isZero = s.op(K::eq, {v[3], zero});
                   Value factor = s.select(isZero, zero, s.div(v[1], v[3]));
                   return s.sub(v[0], s.mul(factor, v[2]));
                 });
}

static LogicalResult importDet(Node &n) {
  if (!n.isFloat(0) || !n.checkRank(0, 2))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0);
  const int64_t rows = in.back();
  if (!n.check(rows == in[in.size() - 2],
               "needs square matrices, but has shape " + shapeString(in)))
    return llvm::failure();
  if (rows > mostRows)
    return n.unsupported("matrices of " + Twine(rows) +
                         " rows are not supported; they are supported up to " +
                         Twine(mostRows));
  const Shape shape(in.drop_back(2));
  Value matrices =
      n.b.reshape(widen(n, n.input(0)), {product(shape), rows, rows});
  Value determinant =
      n.b.splat(1.0, prim::elementOf(matrices), {product(shape), 1, 1});
  for (int64_t left = rows; left > 1; --left)
    matrices = eliminate(n, matrices, determinant);
  if (rows > 0)
    determinant = n.b.mul(determinant, matrices);
  return n.result(n.b.cast(n.b.reshape(determinant, shape), n.element(0)));
}

ArrayRef<OpRow> importer::determinantRows() {
  static constexpr OpRow rows[] = {
      {"Det", 11, 1, importDet, "up to 32 rows"},
  };
  return rows;
}
