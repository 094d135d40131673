// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elements chosen by their contents: Compress, NonMaxSuppression, NonZero. How
// many there are depends on data, unless the contents are known.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Index.h"
#include "core/importer/onnx/ops/Varying.h"

#include <algorithm>
#include <limits>

using namespace glowplug;
using namespace glowplug::importer;

//===----------------------------------------------------------------------===//
// Compress, NonZero
//===----------------------------------------------------------------------===//

Chosen importer::chosenBy(Node &node, Value mask) {
  PrimBuilder &b = node.b;
  const Type i64 = b.builder.getI64Type();
  const int64_t size = prim::shapeOf(mask)[0];
  Value ones = b.cast(mask, i64);
  Value count = b.reshape(b.reduce(ReduceKind::sum, ones, {0}), {});
  // Each goes to the place whose number is how many come before it.
  Value before = b.scan(ReduceKind::sum, ones, 0, /*exclusive=*/true,
                        /*reverse=*/false);
  Value place = b.map({mask, before}, [&](ScalarBuilder &s, ValueRange v) {
    return s.select(v[0], v[1], s.number(int64_t{-1}, i64));
  });
  Value none = b.splat(int64_t{0}, i64, {size});
  Value positions =
      b.scatter(prim::ScatterKind::assign, none, place, ramp(b, size, 0, 1, 1));
  return {positions, Number(0, size, count)};
}

/// The positions of what is not 0, as a constant.
static Chosen chosenBy(Node &node, const Tensor &known) {
  SmallVector<int64_t> positions;
  for (auto [i, value] : llvm::enumerate(toDoubles(known)))
    if (value != 0)
      positions.push_back(static_cast<int64_t>(i));
  const auto count = static_cast<int64_t>(positions.size());
  return {node.indices(positions), Number(count)};
}

/// All of \p value in one dim.
static Value flat(Node &node, Value value) {
  const SmallVector<Number> sizes = node.sizesOf(value);
  const int64_t most = product(prim::shapeOf(value));
  const bool isKnown =
      llvm::all_of(sizes, [](const Number &size) { return size.isKnown(); });
  return arrange(node, value,
                 isKnown ? Number(most) : Number(0, most, node.countOf(sizes)));
}

static LogicalResult compress(Node &node) {
  if (!node.check(node.dtype(1) == DType::boolean && node.rank(1) == 1,
                  "condition needs to be boolean of rank 1, but is " +
                      typeString(node.dtype(1), node.shape(1))))
    return llvm::failure();
  const bool hasAxis = node.hasAttr("axis");
  const int64_t axis =
      hasAxis ? node.axis(node.intAttr("axis", 0), node.rank(0)) : 0;
  if (node.failed())
    return llvm::failure();
  Value data = hasAxis ? node.input(0) : flat(node, node.input(0));
  const int64_t size = prim::shapeOf(data)[axis];
  if (!node.check(node.shape(1)[0] <= size,
                  "condition has " + Twine(node.shape(1)[0]) + " entries for " +
                      Twine(size) + " elements"))
    return llvm::failure();
  const std::optional<Tensor> known = node.knownConstant(1);
  const Chosen chosen =
      known ? chosenBy(node, *known) : chosenBy(node, node.input(1));
  Value taken = node.b.gather(data, chosen.positions, axis);
  SmallVector<Number> sizes = node.sizesOf(taken);
  sizes[axis] = chosen.count;
  return node.result(node.withSizes(taken, sizes));
}

/// The coordinates of what is not 0, one row per dim.
static LogicalResult nonZero(Node &node) {
  PrimBuilder &b = node.b;
  Shape shape(node.shape(0));
  if (shape.empty())
    shape.push_back(1);
  const int64_t rank = shape.size(), size = product(shape);
  if (!node.checkShape({rank, size}))
    return llvm::failure();
  const std::optional<Tensor> known = node.knownConstant(0);
  Chosen chosen{nullptr, Number(0)};
  if (known) {
    chosen = chosenBy(node, *known);
  } else {
    Value mask = b.cast(node.input(0), b.builder.getI1Type());
    // Coordinates are those among all elements, whether they count or not.
    chosen = chosenBy(node, b.reshape(node.fullOf(mask, 0), {size}));
  }
  SmallVector<Value> rows;
  int64_t stride = size;
  for (int64_t dim = 0; dim < rank; ++dim) {
    const int64_t outer = stride;
    stride /= std::max<int64_t>(shape[dim], 1);
    Value row = b.map(chosen.positions, [&](ScalarBuilder &s, ValueRange v) {
      const Type i64 = b.builder.getI64Type();
      Value rest = s.op(ScalarKind::rem, {v[0], s.number(outer, i64)});
      return s.div(rest, s.number(stride, i64));
    });
    rows.push_back(b.reshape(row, {1, prim::shapeOf(row)[0]}));
  }
  return node.result(
      node.withSizes(b.concat(rows, 0), {Number(rank), chosen.count}));
}

//===----------------------------------------------------------------------===//
// NonMaxSuppression
//===----------------------------------------------------------------------===//

/// Input \p i, one number, as one of rank 0 and of type \p element; \p absent
/// without it.
static Value threshold(Node &node, unsigned i, StringRef name, Type element,
                       double absent) {
  if (!node.hasInput(i))
    return node.b.splat(absent, element);
  if (!node.check(product(node.shape(i)) == 1,
                  "input " + Twine(i) + " ('" + name +
                      "') needs one element, but has shape " +
                      shapeString(node.shape(i))) ||
      !node.isFloat(i))
    return nullptr;
  return node.b.cast(node.b.reshape(node.input(i), {}), element);
}

static LogicalResult nonMaxSuppression(Node &node) {
  const bool isCenter = node.flagAttr("center_point_box");
  if (!node.checkRank(0, 3, 3) || !node.checkRank(1, 3, 3) ||
      !node.isFloat(0) || !node.sameType(0, 1))
    return llvm::failure();
  ArrayRef<int64_t> boxes = node.shape(0), scores = node.shape(1);
  const Shape expected{scores[0], scores[2], 4};
  if (!node.check(boxes == ArrayRef<int64_t>(expected),
                  "boxes need shape " + shapeString(expected) +
                      " for scores of shape " + shapeString(scores) +
                      ", but have " + shapeString(boxes)))
    return llvm::failure();
  SmallVector<Number> limit{Number(0)};
  if (node.hasInput(2))
    limit = node.numbersInput(2, "max_output_boxes_per_class");
  const double infinity = std::numeric_limits<double>::infinity();
  const Type element = node.element(0);
  Value overlap = threshold(node, 3, "iou_threshold", element, 0);
  Value score = threshold(node, 4, "score_threshold", element, -infinity);
  if (node.failed() ||
      !node.check(limit.size() == 1, "max_output_boxes_per_class needs one "
                                     "element, but has " +
                                         Twine(limit.size())))
    return llvm::failure();
  const int64_t most = std::clamp<int64_t>(limit[0].most, 0, scores[2]);
  if (!node.checkShape({scores[0], scores[1], most, 3}))
    return llvm::failure();
  Value indices, count;
  std::tie(indices, count) = node.b.nonMaxSuppression(
      node.input(0), node.input(1), node.valueOf(limit[0]), overlap, score,
      most, isCenter);
  const int64_t rows = prim::shapeOf(indices)[0];
  return node.result(
      node.withSizes(indices, {Number(0, rows, count), Number(3)}));
}

ArrayRef<OpRow> importer::selectionRows() {
  static const OpRow rows[] = {
      {"Compress", 9, 2, compress},
      {"NonMaxSuppression", 10, {2, 5}, nonMaxSuppression},
      {"NonZero", 9, 1, nonZero},
  };
  return rows;
}
