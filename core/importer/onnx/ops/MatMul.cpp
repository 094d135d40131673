// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Products.h"

using namespace glowplug;
using namespace glowplug::importer;

std::optional<Shape> importer::productShape(Node &n, ArrayRef<int64_t> lhs,
                                            ArrayRef<int64_t> rhs) {
  auto refuse = [&] {
    (void)n.fail("matrices of shapes " + shapeString(lhs) + " and " +
                 shapeString(rhs) + " cannot be multiplied");
    return std::nullopt;
  };
  if (lhs.empty() || rhs.empty())
    return refuse();
  Shape a(lhs), b(rhs);
  if (a.size() == 1)
    a.insert(a.begin(), 1);
  if (b.size() == 1)
    b.push_back(1);
  std::optional<Shape> shape = prim::broadcastShapes(
      ArrayRef<int64_t>(a).drop_back(2), ArrayRef<int64_t>(b).drop_back(2));
  if (!shape || a.back() != b[b.size() - 2])
    return refuse();
  if (lhs.size() > 1)
    shape->push_back(a[a.size() - 2]);
  if (rhs.size() > 1)
    shape->push_back(b.back());
  if (!n.checkShape(*shape))
    return std::nullopt;
  return shape;
}

Value importer::multiply(Node &n, Value lhs, Value rhs, ArrayRef<int64_t> shape,
                         MatMulFunction matmul) {
  Shape a(prim::shapeOf(lhs)), b(prim::shapeOf(rhs));
  if (a.size() == 1)
    a.insert(a.begin(), 1);
  if (b.size() == 1)
    b.push_back(1);
  const size_t rank = std::max(a.size(), b.size());
  a.insert(a.begin(), rank - a.size(), 1);
  b.insert(b.begin(), rank - b.size(), 1);
  return n.b.reshape(matmul(n.b.reshape(lhs, a), n.b.reshape(rhs, b)), shape);
}

/// Both operands are of one type that products keep.
static bool checkProduct(Node &n) {
  return n.sameType(0, 1) &&
         n.check(n.dtype(0) != DType::boolean &&
                     prim::plainResultType(n.element(0)) == n.element(0),
                 "inputs need to be floats or integers of 32 or 64 bits, but "
                 "are " +
                     dtypeName(n.dtype(0)));
}

static LogicalResult importMatMul(Node &n) {
  if (!checkProduct(n))
    return llvm::failure();
  std::optional<Shape> shape = productShape(n, n.shape(0), n.shape(1));
  if (!shape)
    return llvm::failure();
  return n.result(
      multiply(n, n.input(0), n.input(1), *shape,
               [&](Value lhs, Value rhs) { return n.b.matmul(lhs, rhs); }));
}

/// \p value times a number, which is 1 for integers.
static Value scale(Node &n, Value value, double factor) {
  if (factor == 1)
    return value;
  return n.b.map(value, [&](ScalarBuilder &s, ValueRange x) {
    return s.mul(x[0], s.number(factor, x[0].getType()));
  });
}

static LogicalResult importGemm(Node &n) {
  const double alpha = n.floatAttr("alpha", 1), beta = n.floatAttr("beta", 1);
  const bool transA = n.flagAttr("transA"), transB = n.flagAttr("transB");
  const bool broadcasts = n.opset() >= 7 || n.flagAttr("broadcast");
  if (!checkProduct(n) || !n.checkRank(0, 2, 2) || !n.checkRank(1, 2, 2))
    return llvm::failure();
  if (!isFloat(n.dtype(0)) && (alpha != 1 || beta != 1))
    return n.unsupported("alpha and beta of integers are not supported; they "
                         "are supported as 1");
  Value lhs = n.b.transpose(n.input(0), transA ? Shape{1, 0} : Shape{0, 1});
  Value rhs = n.b.transpose(n.input(1), transB ? Shape{1, 0} : Shape{0, 1});
  std::optional<Shape> shape =
      productShape(n, prim::shapeOf(lhs), prim::shapeOf(rhs));
  if (!shape)
    return llvm::failure();
  Value result = scale(n, n.b.matmul(lhs, rhs), alpha);
  if (!n.hasInput(2) || beta == 0)
    return n.result(result);
  if (!n.sameType(0, 2) || !n.broadcastsTo(2, *shape, "C") ||
      !n.check(broadcasts || n.shape(2) == ArrayRef<int64_t>(*shape),
               "input 2 ('C') needs the shape of the product, unless attribute "
               "'broadcast' is 1, but has " +
                   shapeString(n.shape(2))))
    return llvm::failure();
  if (beta == 1)
    return n.result(n.b.add(result, n.input(2)));
  return n.result(
      n.b.map({result, n.input(2)}, [&](ScalarBuilder &s, ValueRange x) {
        return s.add(x[0], s.mul(x[1], s.number(beta, x[1].getType())));
      }));
}

/// An operand of FusedMatMul: \p batch moves its first dim before the last,
/// \p last swaps the last two.
static Value arranged(Node &n, Value operand, bool batch, bool last) {
  SmallVector<int64_t> order = iotaDims(prim::rankOf(operand));
  if (order.size() < 2)
    return operand;
  if (batch)
    std::rotate(order.begin(), order.begin() + 1, order.end() - 1);
  if (last)
    std::swap(order.back(), order[order.size() - 2]);
  return n.b.transpose(operand, order);
}

static LogicalResult importFusedMatMul(Node &n) {
  const double alpha = n.floatAttr("alpha", 1);
  const bool transA = n.flagAttr("transA"), transB = n.flagAttr("transB");
  const bool batchA = n.flagAttr("transBatchA"),
             batchB = n.flagAttr("transBatchB");
  if (!n.isFloat(0) || !checkProduct(n))
    return llvm::failure();
  Value lhs = arranged(n, n.input(0), batchA, transA);
  Value rhs = arranged(n, n.input(1), batchB, transB);
  std::optional<Shape> shape =
      productShape(n, prim::shapeOf(lhs), prim::shapeOf(rhs));
  if (!shape)
    return llvm::failure();
  Value product = multiply(n, lhs, rhs, *shape,
                           [&](Value l, Value r) { return n.b.matmul(l, r); });
  return n.result(scale(n, product, alpha));
}

ArrayRef<OpRow> importer::matmulRows() {
  static constexpr OpRow rows[] = {
      {"FusedMatMul", 1, 2, importFusedMatMul, "", 1, "com.microsoft"},
      {"Gemm", 1, 3, importGemm, "integers: alpha and beta 1"},
      {"Gemm", 11, {2, 3}, importGemm, "integers: alpha and beta 1"},
      {"MatMul", 1, 2, importMatMul},
  };
  return rows;
}
