// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators that keep all elements, and what is known of shapes.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Varying.h"

using namespace glowplug;
using namespace glowplug::importer;

//===----------------------------------------------------------------------===//
// Another shape
//===----------------------------------------------------------------------===//

static LogicalResult importReshape(Node &n) {
  const bool allowZero = n.flagAttr("allowzero");
  if (n.opset() >= 5 && (n.inputVaries(0) || !n.knownConstant(1)))
    return reshapeVarying(n, n.numbersInput(1, "shape"), allowZero);
  SmallVector<int64_t> shape = n.opset() < 5
                                   ? n.intsAttr("shape").value_or(Shape())
                                   : n.intsInput(1, "shape");
  if (n.failed())
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0);
  std::optional<size_t> open;
  int64_t known = 1;
  const int64_t count = product(in);
  for (auto [i, size] : llvm::enumerate(shape)) {
    if (size == -1) {
      if (!n.check(!open,
                   "shape " + shapeString(shape) + " has more than one -1"))
        return llvm::failure();
      open = i;
      continue;
    }
    if (size == 0 && !allowZero) {
      if (!n.check(i < in.size(), "shape[" + Twine(i) +
                                      "] copies a dim of the input, which has "
                                      "rank " +
                                      Twine(in.size())))
        return llvm::failure();
      size = in[i];
    }
    if (!n.atLeast(size, 0, "shape[" + Twine(i) + "]") ||
        !n.check(!llvm::MulOverflow(known, size, known),
                 "shape " + shapeString(shape) + " is too large"))
      return llvm::failure();
  }
  if (open) {
    if (!n.check(known != 0 && count % known == 0,
                 "cannot reshape " + shapeString(in) + " to " +
                     shapeString(shape)))
      return llvm::failure();
    shape[*open] = count / known;
    known = count;
  }
  if (!n.check(known == count, "cannot reshape " + shapeString(in) + " to " +
                                   shapeString(shape)) ||
      !n.checkShape(shape))
    return llvm::failure();
  return n.result(n.b.reshape(n.input(0), shape));
}

static LogicalResult importFlatten(Node &n) {
  const int64_t rank = n.rank(0);
  int64_t axis = n.intAttr("axis", 1);
  if (axis != rank) // all dims in the first
    axis = n.axis(axis, rank);
  if (n.failed())
    return llvm::failure();
  ArrayRef<int64_t> shape = n.shape(0);
  return n.result(n.b.reshape(n.input(0), {product(shape.take_front(axis)),
                                           product(shape.drop_front(axis))}));
}

/// Axes from the attribute, or from input 1; nothing if they are not given.
static std::optional<SmallVector<int64_t>> readAxes(Node &n, bool isInput) {
  if (!isInput)
    return n.intsAttr("axes");
  if (!n.hasInput(1))
    return std::nullopt;
  return n.intsInput(1, "axes");
}

template <bool axesInput>
static LogicalResult importSqueeze(Node &n) {
  auto given = readAxes(n, axesInput);
  if (n.failed())
    return llvm::failure();
  ArrayRef<int64_t> shape = n.shape(0);
  SmallVector<int64_t> dims;
  if (given)
    dims = n.axes(*given, n.rank(0));
  else
    for (auto [i, size] : llvm::enumerate(shape))
      if (size == 1)
        dims.push_back(static_cast<int64_t>(i));
  for (int64_t dim : dims)
    if (given || n.isFixed(0, dim)) // who gives it knows that it is 1
      n.check(shape[dim] == 1, "dim " + Twine(dim) +
                                   " needs size 1 to be squeezed, but has " +
                                   Twine(shape[dim]));
  if (n.failed())
    return llvm::failure();
  return n.result(dropDims(n, n.input(0), dims));
}

template <bool axesInput>
static LogicalResult importUnsqueeze(Node &n) {
  auto given = readAxes(n, axesInput);
  n.check(given.has_value(), "axes are missing");
  if (n.failed())
    return llvm::failure();
  const int64_t rank = n.rank(0) + static_cast<int64_t>(given->size());
  if (!n.check(rank <= 8, "rank " + Twine(rank) + " is above the limit of 8"))
    return llvm::failure();
  const SmallVector<int64_t> dims = n.axes(*given, rank);
  if (n.failed())
    return llvm::failure();
  Shape shape(n.shape(0));
  for (int64_t dim : dims) // ascending
    shape.insert(shape.begin() + dim, 1);
  return n.result(n.b.reshape(n.input(0), shape));
}

//===----------------------------------------------------------------------===//
// The input itself
//===----------------------------------------------------------------------===//

static LogicalResult importIdentity(Node &n) {
  return n.anyResults(n.meaning(0));
}

/// In inference all elements are kept, and the mask is true.
static LogicalResult importDropout(Node &n) {
  n.ignoreAttr("seed");
  n.ignoreAttr("ratio");
  n.ignoreAttr("is_test");
  n.ignoreAttr("consumed_inputs");
  if (n.hasInput(2)) {
    std::optional<Tensor> training = n.constant(2, "training_mode");
    if (!training ||
        !n.check(training->dtype() == DType::boolean &&
                     training->elementCount() == 1,
                 "input 2 (training_mode) needs to be one boolean, but is " +
                     training->typeString()))
      return llvm::failure();
    if (static_cast<bool>(training->elements<Boolean>()[0])) {
      // With a ratio of 0 nothing is dropped either.
      if (!n.hasInput(1) || n.floatInput(1, "ratio") != 0)
        return n.unsupported("training is not supported; it is supported with "
                             "training_mode false");
    }
  }
  SmallVector<Value> results{n.input(0)};
  if (n.wantsOutput(1)) {
    // Through version 9 the mask had the type of the input.
    const Type mask =
        n.opset() < 10 ? n.element(0) : Type(n.b.builder.getI1Type());
    results.push_back(n.b.splat(int64_t{1}, mask, n.shape(0)));
  }
  return n.results(results);
}

//===----------------------------------------------------------------------===//
// Shapes as values
//===----------------------------------------------------------------------===//

static LogicalResult importShape(Node &n) {
  const int64_t rank = n.rank(0);
  auto clamp = [&](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const int64_t start = clamp(n.intAttr("start", 0));
  const int64_t end = std::max(start, clamp(n.intAttr("end", rank)));
  if (n.failed())
    return llvm::failure();
  return n.result(
      n.listOf(ArrayRef(n.sizesOf(n.input(0))).slice(start, end - start)));
}

static LogicalResult importSize(Node &n) {
  return n.result(n.countOf(n.sizesOf(n.input(0))));
}

ArrayRef<OpRow> importer::shapeRows() {
  static constexpr OpRow rows[] = {
      {"Dropout", 1, {1, 3}, importDropout, "inference", 2},
      {"Flatten", 1, 1, importFlatten},
      {"Identity", 1, 1, importIdentity, "", 1, "", true},
      {"Reshape", 1, 1, importReshape},
      {"Reshape", 5, 2, importReshape, "shape bounded"},
      {"Shape", 1, 1, importShape},
      {"Size", 1, 1, importSize},
      {"Squeeze", 1, 1, importSqueeze<false>},
      {"Squeeze", 13, {1, 2}, importSqueeze<true>, "axes known"},
      {"Unsqueeze", 1, 1, importUnsqueeze<false>},
      {"Unsqueeze", 13, 2, importUnsqueeze<true>, "axes known"},
  };
  return rows;
}
