// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Softmax and its relatives.

#include "core/graph/Graph.h"
#include "core/importer/build/Emit.h"
#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Makes the result from a tensor and the dim to work along.
using Along = llvm::function_ref<Value(Value input, int64_t dim)>;

/// Through version 12 the dims from `axis` on count as one.
static LogicalResult importFlattened(Node &n, Along function) {
  const int64_t rank = n.rank(0);
  if (!n.isFloat(0))
    return llvm::failure();
  int64_t axis = n.intAttr("axis", 1);
  // The axis may stand after the last dim, as that of Flatten.
  if (axis != rank)
    axis = n.axis(axis, rank);
  if (n.failed())
    return llvm::failure();
  Value input = n.input(0);
  if (axis == rank - 1)
    return n.result(function(input, axis));
  ArrayRef<int64_t> shape = n.shape(0);
  Value flat = n.b.reshape(input, {product(shape.take_front(axis)),
                                   product(shape.drop_front(axis))});
  return n.result(n.b.reshape(function(flat, 1), shape));
}

static LogicalResult importAlongAxis(Node &n, Along function) {
  if (!n.isFloat(0))
    return llvm::failure();
  const int64_t axis = n.axis(n.intAttr("axis", -1), n.rank(0));
  if (n.failed())
    return llvm::failure();
  return n.result(function(n.input(0), axis));
}

template <typename Op>
static LogicalResult importFlattenedOp(Node &n) {
  return importFlattened(n, [&](Value x, int64_t dim) -> Value {
    return n.b.builder.create<Op>(n.b.loc, x, dim);
  });
}

template <typename Op>
static LogicalResult importAlongAxisOp(Node &n) {
  return importAlongAxis(n, [&](Value x, int64_t dim) -> Value {
    return n.b.builder.create<Op>(n.b.loc, x, dim);
  });
}

/// 1 at the first of the greatest elements, else 0.
static Value hardmax(Node &n, Value x, int64_t dim) {
  ArrayRef<int64_t> shape = prim::shapeOf(x);
  if (shape[dim] == 0)
    return x;
  const Type element = prim::elementOf(x);
  Value place = n.b.argReduce(ReduceKind::max, x, dim, /*selectLast=*/false);
  Value positions =
      iota(n, static_cast<int64_t>(shape.size()), dim, shape[dim]);
  return n.b.map({place, positions}, [&](ScalarBuilder &s, ValueRange v) {
    return s.cast(s.op(ScalarKind::eq, {v[0], v[1]}), element);
  });
}

static LogicalResult importFlattenedHardmax(Node &n) {
  return importFlattened(
      n, [&](Value x, int64_t dim) { return hardmax(n, x, dim); });
}

static LogicalResult importHardmax(Node &n) {
  return importAlongAxis(
      n, [&](Value x, int64_t dim) { return hardmax(n, x, dim); });
}

ArrayRef<OpRow> importer::softmaxRows() {
  static constexpr OpRow rows[] = {
      {"Hardmax", 1, 1, importFlattenedHardmax},
      {"Hardmax", 13, 1, importHardmax},
      {"LogSoftmax", 1, 1, importFlattenedOp<graph::LogSoftmaxOp>},
      {"LogSoftmax", 13, 1, importAlongAxisOp<graph::LogSoftmaxOp>},
      {"Softmax", 1, 1, importFlattenedOp<graph::SoftmaxOp>},
      {"Softmax", 13, 1, importAlongAxisOp<graph::SoftmaxOp>},
  };
  return rows;
}
