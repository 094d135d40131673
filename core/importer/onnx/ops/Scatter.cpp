// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elements replaced by index: Scatter, ScatterElements, ScatterND,
// TensorScatter.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Index.h"

using namespace glowplug;
using namespace glowplug::importer;
using prim::ScatterKind;

/// The attribute `reduction`, which came with version 16.
static std::optional<ScatterKind> readReduction(Node &node) {
  const std::string name =
      node.opset() >= 16 ? node.stringAttr("reduction", "none") : "none";
  const std::optional<ScatterKind> kind =
      name == "none" ? ScatterKind::assign : prim::symbolizeScatterKind(name);
  if (!node.check(kind.has_value() && name != "assign",
                  "reduction needs to be none, add, mul, min or max, but is '" +
                      name + "'"))
    return std::nullopt;
  if (!node.check(kind == ScatterKind::assign ||
                      node.dtype(0) != DType::boolean,
                  "reduction '" + name + "' does not take booleans"))
    return std::nullopt;
  return kind;
}

static LogicalResult scatterElements(Node &node) {
  const std::optional<ScatterKind> kind = readReduction(node);
  node.alignBounds({1, 2});
  if (!kind || !node.checkRank(0, 1) || !isIndex(node, 1) ||
      !node.sameType(0, 2))
    return llvm::failure();
  const int64_t rank = node.rank(0);
  const int64_t axis = node.axis(node.intAttr("axis", 0), rank);
  if (!node.check(node.rank(1) == rank && node.shape(1) == node.shape(2),
                  "indices and updates need one shape, of the data's rank"))
    return llvm::failure();
  ArrayRef<int64_t> data = node.shape(0), indices = node.shape(1);
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != axis &&
        !node.check(indices[dim] <= data[dim],
                    "dim " + Twine(dim) + " of the indices is " +
                        Twine(indices[dim]) + ", above that of the data, " +
                        Twine(data[dim])))
      return llvm::failure();

  PrimBuilder &b = node.b;
  Value along = indicesInto(node, axis);
  // An index out of range along the axis must not reach another row.
  Value valid = b.map(along, [&](ScalarBuilder &s, ValueRange v) {
    Type i64 = b.builder.getI64Type();
    Value low = s.op(ScalarKind::ge, {v[0], s.number(int64_t(0), i64)});
    Value high = s.op(ScalarKind::lt, {v[0], s.number(data[axis], i64)});
    return s.op(ScalarKind::bit_and, {low, high});
  });
  Value positions =
      b.map({valid, elementPositions(b, data, along, axis)},
            [&](ScalarBuilder &s, ValueRange v) {
              return s.select(v[0], v[1],
                              s.number(int64_t(-1), b.builder.getI64Type()));
            });
  const int64_t count = product(indices);
  Value result = b.scatter(*kind, b.reshape(node.input(0), {product(data)}),
                           b.reshape(positions, {count}),
                           b.reshape(node.input(2), {count}));
  return node.result(b.reshape(result, data));
}

static LogicalResult scatterNd(Node &node) {
  const std::optional<ScatterKind> kind = readReduction(node);
  if (!kind || !node.checkRank(0, 1) || !node.checkRank(1, 1) ||
      !isIndex(node, 1) || !node.sameType(0, 2))
    return llvm::failure();
  ArrayRef<int64_t> data = node.shape(0), indices = node.shape(1);
  const int64_t count = indices.back();
  if (!node.check(count >= 1 && count <= static_cast<int64_t>(data.size()),
                  "the last dim of the indices needs to be from 1 to " +
                      Twine(data.size()) + ", but is " + Twine(count)))
    return llvm::failure();
  Shape expected(indices.drop_back());
  llvm::append_range(expected, data.drop_front(count));
  if (!node.check(node.shape(2) == ArrayRef<int64_t>(expected),
                  "updates do not have the shape that indices and data ask "
                  "for"))
    return llvm::failure();

  PrimBuilder &b = node.b;
  Value sizes =
      node.listOf(ArrayRef(node.sizesOf(node.input(0))).take_front(count));
  Value rows = rowPositions(b, data, node.input(1), 0, sizes);
  const int64_t updates = product(indices.drop_back());
  Shape flatData{product(data.take_front(count))};
  llvm::append_range(flatData, data.drop_front(count));
  Shape flatUpdates{updates};
  llvm::append_range(flatUpdates, data.drop_front(count));
  Value result = b.scatter(*kind, b.reshape(node.input(0), flatData),
                           b.reshape(rows, {updates}),
                           b.reshape(node.input(2), flatUpdates));
  return node.result(b.reshape(result, data));
}

/// Writes into a cache from a position per batch on.
static LogicalResult tensorScatter(Node &node) {
  const std::string mode = node.stringAttr("mode", "linear");
  const int64_t given = node.intAttr("axis", -2);
  if (!node.check(mode == "linear" || mode == "circular",
                  "mode needs to be linear or circular, but got '" + mode +
                      "'") ||
      !node.checkRank(0, 2) || !node.sameType(0, 1))
    return llvm::failure();
  ArrayRef<int64_t> data = node.shape(0), update = node.shape(1);
  const int64_t axis = node.axis(given, data.size());
  if (node.failed() ||
      !node.check(axis > 0, "axis needs to differ from that of the batch, 0"))
    return llvm::failure();
  Shape expected(data);
  if (update.size() == data.size())
    expected[axis] = update[axis];
  if (!node.check(update == ArrayRef<int64_t>(expected) &&
                      update[axis] <= data[axis],
                  "update of shape " + shapeString(update) +
                      " does not fit a cache of shape " + shapeString(data)))
    return llvm::failure();
  if (node.hasInput(2) &&
      (!isIndex(node, 2) ||
       !node.check(node.shape(2) == ArrayRef<int64_t>{data[0]},
                   "write_indices needs shape [" + Twine(data[0]) +
                       "], but has " + shapeString(node.shape(2)))))
    return llvm::failure();

  PrimBuilder &b = node.b;
  Type i64 = b.builder.getI64Type();
  const int64_t length = data[axis], written = update[axis];
  const int64_t between = product(data.slice(1, axis - 1));
  SmallVector<Value> operands{ramp(b, data[0], 0, 3, between * length),
                              ramp(b, between, 1, 3, length),
                              ramp(b, written, 2, 3, 1)};
  if (node.hasInput(2))
    operands.push_back(b.reshape(b.cast(node.input(2), i64), {data[0], 1, 1}));
  // A place beyond the end must not be one of the next row.
  Value places = b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
    Value place = v.size() == 4 ? s.add(v[2], v[3]) : v[2];
    Value size = s.number(length, i64), zero = s.number(int64_t{0}, i64);
    if (mode == "circular")
      place = s.op(ScalarKind::rem,
                   {s.add(s.op(ScalarKind::rem, {place, size}), size), size});
    Value valid =
        s.op(ScalarKind::bit_and, {s.op(ScalarKind::ge, {place, zero}),
                                   s.op(ScalarKind::lt, {place, size})});
    return s.select(valid, s.add(s.add(v[0], v[1]), place),
                    s.number(int64_t{-1}, i64));
  });
  Shape flatData{product(data.take_front(axis + 1))};
  Shape flatUpdate{product(update.take_front(axis + 1))};
  const int64_t count = flatUpdate[0];
  for (Shape *shape : {&flatData, &flatUpdate})
    llvm::append_range(*shape, data.drop_front(axis + 1));
  Value result = b.scatter(
      ScatterKind::assign, b.reshape(node.input(0), flatData),
      b.reshape(places, {count}), b.reshape(node.input(1), flatUpdate));
  return node.result(b.reshape(result, data));
}

ArrayRef<OpRow> importer::scatterRows() {
  static const OpRow rows[] = {
      {"Scatter", 9, 3, scatterElements},
      {"ScatterElements", 11, 3, scatterElements},
      {"ScatterND", 11, 3, scatterNd},
      {"TensorScatter", 24, {2, 3}, tensorScatter},
  };
  return rows;
}
