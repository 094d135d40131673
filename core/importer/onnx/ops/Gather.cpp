// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elements chosen by index: Gather, GatherElements, GatherND, OneHot,
// ReverseSequence.

#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Index.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

static LogicalResult gather(Node &node) {
  if (!node.checkRank(0, 1) || !isIndex(node, 1))
    return llvm::failure();
  const int64_t axis = node.axis(node.intAttr("axis", 0), node.rank(0));
  if (node.failed())
    return llvm::failure();
  ArrayRef<int64_t> data = node.shape(0);
  Shape shape(data.take_front(axis));
  llvm::append_range(shape, node.shape(1));
  llvm::append_range(shape, data.drop_front(axis + 1));
  if (!node.checkShape(shape) ||
      !node.check(data[axis] > 0 || product(shape) == 0,
                  "gathers from dim " + Twine(axis) + ", which is empty"))
    return llvm::failure();
  Value indices = indicesInto(node, axis);
  return node.result(node.b.gather(node.input(0), indices, axis));
}

static LogicalResult gatherElementsOp(Node &node) {
  if (!node.checkRank(0, 1) || !isIndex(node, 1))
    return llvm::failure();
  const int64_t rank = node.rank(0);
  const int64_t axis = node.axis(node.intAttr("axis", 0), rank);
  if (!node.check(node.rank(1) == rank, "indices need the rank of the data, " +
                                            Twine(rank) + ", but have " +
                                            Twine(node.rank(1))))
    return llvm::failure();
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != axis && !node.check(node.shape(1)[dim] <= node.shape(0)[dim],
                                   "dim " + Twine(dim) + " of the indices is " +
                                       Twine(node.shape(1)[dim]) +
                                       ", above that of the data, " +
                                       Twine(node.shape(0)[dim])))
      return llvm::failure();
  if (!node.check(node.shape(0)[axis] > 0 || product(node.shape(1)) == 0,
                  "gathers from dim " + Twine(axis) + ", which is empty"))
    return llvm::failure();
  Value indices = indicesInto(node, axis);
  return node.result(gatherElements(node.b, node.input(0), indices, axis));
}

static LogicalResult gatherNd(Node &node) {
  const int64_t batchDims = node.intAttr("batch_dims", 0);
  if (!node.checkRank(0, 1) || !node.checkRank(1, 1) || !isIndex(node, 1))
    return llvm::failure();
  ArrayRef<int64_t> data = node.shape(0), indices = node.shape(1);
  const int64_t dataRank = data.size(), indexRank = indices.size();
  if (!node.check(batchDims >= 0 && batchDims < std::min(dataRank, indexRank),
                  "batch_dims needs to be from 0 to " +
                      Twine(std::min(dataRank, indexRank) - 1) + ", but is " +
                      Twine(batchDims)))
    return llvm::failure();
  const int64_t count = indices.back();
  if (!node.check(count >= 1 && count <= dataRank - batchDims,
                  "the last dim of the indices needs to be from 1 to " +
                      Twine(dataRank - batchDims) + ", but is " + Twine(count)))
    return llvm::failure();
  for (int64_t dim = 0; dim < batchDims; ++dim)
    if (!node.check(data[dim] == indices[dim],
                    "batch dim " + Twine(dim) + " differs: " +
                        Twine(data[dim]) + " and " + Twine(indices[dim])))
      return llvm::failure();

  Shape shape(indices.drop_back());
  llvm::append_range(shape, data.drop_front(batchDims + count));
  const int64_t rows = product(data.take_front(batchDims + count));
  if (!node.checkShape(shape) ||
      !node.check(rows > 0 || product(shape) == 0,
                  "gathers from dims that are empty"))
    return llvm::failure();
  Value sizes = node.listOf(
      ArrayRef(node.sizesOf(node.input(0))).slice(batchDims, count));
  Value positions = rowPositions(node.b, data, node.input(1), batchDims, sizes);
  Shape flat{rows};
  llvm::append_range(flat, data.drop_front(batchDims + count));
  return node.result(
      node.b.gather(node.b.reshape(node.input(0), flat), positions, 0));
}

/// Version 9 knows no negative indices; 11 counts them from the end.
static LogicalResult oneHot(Node &node) {
  const int64_t rank = node.rank(0);
  // The depth is a number of any type.
  const auto depth = static_cast<int64_t>(
      std::fmin(std::fmax(node.floatInput(1, "depth"), -1.0), 4e9));
  const int64_t axis = node.axis(node.intAttr("axis", -1), rank + 1);
  if (node.failed() || !node.check(node.shape(2) == ArrayRef<int64_t>{2},
                                   "values need the shape [2]"))
    return llvm::failure();
  Shape spread(node.shape(0));
  spread.insert(spread.begin() + axis, 1);
  Shape shape(spread);
  shape[axis] = depth;
  if (!node.checkShape(shape))
    return llvm::failure();

  PrimBuilder &b = node.b;
  Type i64 = b.builder.getI64Type();
  Value indices = b.reshape(b.cast(node.input(0), i64), spread);
  if (node.opset() >= 11)
    indices = normalizeIndices(b, indices, depth);
  Value off = b.reshape(b.slice(node.input(2), {0}, {1}, {1}), {});
  Value on = b.reshape(b.slice(node.input(2), {1}, {1}, {1}), {});
  Value places = ramp(b, depth, axis, rank + 1, 1);
  return node.result(
      b.map({indices, places, on, off}, [&](ScalarBuilder &s, ValueRange v) {
        return s.select(s.op(ScalarKind::eq, {v[0], v[1]}), v[2], v[3]);
      }));
}

static LogicalResult reverseSequence(Node &node) {
  const int64_t timeAxis = node.intAttr("time_axis", 0);
  const int64_t batchAxis = node.intAttr("batch_axis", 1);
  if (!node.checkRank(0, 2) ||
      !node.check((timeAxis == 0 && batchAxis == 1) ||
                      (timeAxis == 1 && batchAxis == 0),
                  "time_axis and batch_axis need to be 0 and 1, or 1 and 0, "
                  "but are " +
                      Twine(timeAxis) + " and " + Twine(batchAxis)))
    return llvm::failure();
  const SmallVector<int64_t> lengths = node.intsInput(1, "sequence_lens");
  if (node.failed())
    return llvm::failure();
  ArrayRef<int64_t> shape = node.shape(0);
  const int64_t times = shape[timeAxis], batches = shape[batchAxis];
  if (!node.check(static_cast<int64_t>(lengths.size()) == batches,
                  "sequence_lens needs " + Twine(batches) +
                      " entries, but has " + Twine(lengths.size())))
    return llvm::failure();
  for (int64_t length : lengths)
    if (!node.check(length >= 0 && length <= times,
                    "sequence_lens needs entries from 0 to " + Twine(times) +
                        ", but has " + Twine(length)))
      return llvm::failure();

  if (!node.reserve(shape[0] * shape[1] * 8))
    return llvm::failure();
  // Rows of the first two dims, in their new order.
  SmallVector<int64_t> rows;
  for (int64_t i = 0; i < shape[0]; ++i)
    for (int64_t j = 0; j < shape[1]; ++j) {
      const int64_t time = timeAxis == 0 ? i : j;
      const int64_t batch = timeAxis == 0 ? j : i;
      const int64_t from =
          time < lengths[batch] ? lengths[batch] - 1 - time : time;
      rows.push_back(timeAxis == 0 ? from * shape[1] + j : i * shape[1] + from);
    }
  Shape flat{shape[0] * shape[1]};
  llvm::append_range(flat, shape.drop_front(2));
  Value moved = flat[0] == 0
                    ? node.b.reshape(node.input(0), flat)
                    : node.b.gather(node.b.reshape(node.input(0), flat),
                                    node.indices(rows), 0);
  return node.result(node.b.reshape(moved, shape));
}

ArrayRef<OpRow> importer::gatherRows() {
  static const OpRow rows[] = {
      {"Gather", 1, 2, gather},
      {"GatherElements", 11, 2, gatherElementsOp},
      {"GatherND", 11, 2, gatherNd},
      {"OneHot", 9, 3, oneHot, "the depth is known at compile time"},
      {"ReverseSequence", 10, 2, reverseSequence,
       "the lengths are known at compile time"},
  };
  return rows;
}
