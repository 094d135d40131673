// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TopK.

#include "core/importer/onnx/ops/Families.h"

#include <algorithm>

using namespace glowplug;
using namespace glowplug::importer;

/// K is an attribute up to version 9, an input from 10 on.
static LogicalResult topK(Node &node) {
  if (!node.checkRank(0, 1))
    return llvm::failure();
  const bool isComputed = node.opset() >= 10 && !node.knownConstant(1);
  SmallVector<Number> given;
  if (isComputed)
    given = node.numbersInput(1, "K");
  else
    given.push_back(Number(node.opset() < 10 ? node.requiredInt("k")
                                             : node.intInput(1, "K")));
  const int64_t axis = node.axis(node.intAttr("axis", -1), node.rank(0));
  const bool largest = node.opset() < 11 || node.flagAttr("largest", true);
  if (node.opset() >= 11)
    node.ignoreAttr("sorted"); // unsorted leaves the order free
  if (!node.check(node.dtype(0) != DType::boolean,
                  "X needs to be numbers, but is boolean"))
    return llvm::failure();
  const int64_t size = node.shape(0)[axis];
  if (!node.check(given.size() == 1,
                  "K needs one element, but has " + Twine(given.size())))
    return llvm::failure();
  const int64_t k =
      isComputed ? std::clamp<int64_t>(given[0].most, 0, size) : given[0].most;
  if (!node.check(k >= 0 && k <= size, "K needs to be from 0 to " +
                                           Twine(size) + ", but is " +
                                           Twine(k)))
    return llvm::failure();
  auto [values, positions] = node.b.sort(node.input(0), axis, largest);
  Shape shape(node.shape(0));
  shape[axis] = k;
  const Shape starts(shape.size(), 0), strides(shape.size(), 1);
  SmallVector<Value> results;
  for (Value all : {values, positions}) {
    Value first = node.b.slice(all, starts, shape, strides);
    SmallVector<Number> sizes = node.sizesOf(first);
    if (!given[0].isKnown())
      sizes[axis] =
          Number(0, k,
                 node.brought(given[0].value, node.indices({0}, Shape{}),
                              node.valueOf(node.sizeOf(node.input(0), axis))));
    results.push_back(node.withSizes(first, sizes));
  }
  return node.results(results);
}

ArrayRef<OpRow> importer::sortRows() {
  static const OpRow rows[] = {
      {"TopK", 1, 1, topK, "", 2},
      {"TopK", 10, 2, topK, "", 2},
  };
  return rows;
}
