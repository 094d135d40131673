// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TopK.

#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

/// K is an attribute up to version 9, an input from 10 on.
static LogicalResult topK(Node &node) {
  if (!node.checkRank(0, 1))
    return llvm::failure();
  const int64_t k =
      node.opset() < 10 ? node.requiredInt("k") : node.intInput(1, "K");
  const int64_t axis = node.axis(node.intAttr("axis", -1), node.rank(0));
  const bool largest = node.opset() < 11 || node.flagAttr("largest", true);
  if (node.opset() >= 11)
    node.ignoreAttr("sorted"); // unsorted leaves the order free
  if (!node.check(node.dtype(0) != DType::boolean,
                  "X needs to be numbers, but is boolean"))
    return llvm::failure();
  const int64_t size = node.shape(0)[axis];
  if (!node.check(k >= 0 && k <= size, "K needs to be from 0 to " +
                                           Twine(size) + ", but is " +
                                           Twine(k)))
    return llvm::failure();
  auto [values, positions] = node.b.sort(node.input(0), axis, largest);
  Shape shape(node.shape(0));
  shape[axis] = k;
  const Shape starts(shape.size(), 0), strides(shape.size(), 1);
  return node.results({node.b.slice(values, starts, shape, strides),
                       node.b.slice(positions, starts, shape, strides)});
}

ArrayRef<OpRow> importer::sortRows() {
  static const OpRow rows[] = {
      {"TopK", 1, 1, topK, "", 2},
      {"TopK", 10, 2, topK, "K is known at compile time", 2},
  };
  return rows;
}
