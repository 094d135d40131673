// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators that put elements elsewhere, by rules known at compile time.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Varying.h"

#include <algorithm>

using namespace glowplug;
using namespace glowplug::importer;

static LogicalResult importTranspose(Node &n) {
  const int64_t rank = n.rank(0);
  SmallVector<int64_t> dims = iotaDims(rank);
  std::reverse(dims.begin(), dims.end());
  dims = n.intsAttr("perm").value_or(dims);
  SmallVector<int64_t> sorted = dims;
  llvm::sort(sorted);
  if (!n.check(ArrayRef<int64_t>(sorted) == ArrayRef<int64_t>(iotaDims(rank)),
               "perm needs to be a permutation of " + Twine(rank) +
                   " dims, but got " + shapeString(dims)))
    return llvm::failure();
  return n.result(n.b.transpose(n.input(0), dims));
}

static LogicalResult importConcat(Node &n) {
  const int64_t rank = n.rank(0);
  // Version 1 had a default.
  const int64_t dim = n.axis(
      n.opset() < 4 ? n.intAttr("axis", 1) : n.requiredInt("axis"), rank);
  const SmallVector<Value> inputs = n.inputs();
  if (n.failed())
    return llvm::failure();
  Shape shape(n.shape(0));
  for (unsigned i = 1; i < inputs.size(); ++i) {
    ArrayRef<int64_t> next = n.shape(i);
    bool fits = next.size() == shape.size();
    for (int64_t d = 0; fits && d < rank; ++d)
      fits = d == dim || next[d] == shape[d];
    if (!n.sameType(0, i) ||
        !n.check(fits, "inputs 0 and " + Twine(i) + " of shapes " +
                           shapeString(n.shape(0)) + " and " +
                           shapeString(next) + " differ in more than dim " +
                           Twine(dim)))
      return llvm::failure();
    shape[dim] += next[dim];
    if (!n.checkShape(shape))
      return llvm::failure();
  }
  if (llvm::any_of(
          inputs, [&](Value input) { return !n.sizeOf(input, dim).isKnown(); }))
    return n.result(concatVarying(n, inputs, dim));
  return n.result(n.b.concat(inputs, dim));
}

//===----------------------------------------------------------------------===//
// Split
//===----------------------------------------------------------------------===//

/// Sizes of \p parts parts of \p size: equal, the last one smaller if that
/// cannot be (from version 18 on).
static SmallVector<int64_t> evenParts(Node &n, int64_t size, int64_t parts) {
  if (!n.atLeast(parts, 1, "number of outputs"))
    return {};
  const int64_t each = (size + parts - 1) / parts;
  if (n.opset() < 18)
    n.check(size % parts == 0, "cannot split " + Twine(size) + " into " +
                                   Twine(parts) + " equal parts");
  SmallVector<int64_t> sizes(parts, each);
  sizes.back() = size - each * (parts - 1);
  n.atLeast(sizes.back(), 0, "size of the last part");
  return sizes;
}

static LogicalResult importSplit(Node &n) {
  const int64_t dim = n.axis(n.intAttr("axis", 0), n.rank(0));
  const int64_t outputs = n.numOutputs();
  const int64_t parts = n.intAttr("num_outputs", outputs);
  SmallVector<int64_t> sizes;
  bool given = false;
  if (n.opset() < 13) {
    auto split = n.intsAttr("split");
    given = split.has_value();
    sizes = split.value_or(sizes);
  } else if (n.hasInput(1)) {
    given = true;
    sizes = n.intsInput(1, "split");
  }
  if (n.failed())
    return llvm::failure();
  const int64_t size = n.shape(0)[dim];
  if (!n.isFixed(0, dim) ||
      !n.check(parts == outputs, "num_outputs is " + Twine(parts) +
                                     ", but the node has " + Twine(outputs) +
                                     " outputs"))
    return llvm::failure();
  if (!given)
    sizes = evenParts(n, size, parts);
  if (!n.check(static_cast<int64_t>(sizes.size()) == outputs,
               "splits into " + Twine(sizes.size()) + " parts, but has " +
                   Twine(outputs) + " outputs"))
    return llvm::failure();
  int64_t start = 0;
  SmallVector<Value> results;
  for (auto [i, part] : llvm::enumerate(sizes)) {
    if (!n.atLeast(part, 0, "split[" + Twine(i) + "]") ||
        !n.check(part <= size - start,
                 "split " + shapeString(sizes) + " needs to add up to " +
                     Twine(size) + ", the size of dim " + Twine(dim)))
      return llvm::failure();
    Shape starts(n.rank(0), 0), shape(n.shape(0));
    starts[dim] = part == 0 ? 0 : start;
    shape[dim] = part;
    results.push_back(
        n.b.slice(n.input(0), starts, shape, Shape(starts.size(), 1)));
    start += part;
  }
  if (!n.check(start == size, "split " + shapeString(sizes) +
                                  " needs to add up to " + Twine(size) +
                                  ", the size of dim " + Twine(dim)))
    return llvm::failure();
  return n.results(results);
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

namespace {
/// A slice along one dim.
struct Cut {
  int64_t start = 0, size = 0, step = 1;
};
} // namespace

/// Clamps as numpy does: bounds outside of the dim are brought to its ends.
static Cut clampCut(int64_t start, int64_t end, int64_t step, int64_t size) {
  auto bring = [&](int64_t at, int64_t low, int64_t high) {
    return std::clamp(at < 0 ? at + size : at, low, high);
  };
  Cut cut;
  cut.step = step;
  __int128 distance;
  if (step > 0) {
    cut.start = bring(start, 0, size);
    distance = __int128(bring(end, 0, size)) - cut.start;
  } else {
    cut.start = bring(start, 0, size - 1);
    // An end before the first element takes it in.
    distance =
        __int128(cut.start) - (end < -size ? -1 : bring(end, -1, size - 1));
  }
  const __int128 stride = step > 0 ? __int128(step) : -__int128(step);
  if (size > 0 && distance > 0)
    cut.size = static_cast<int64_t>((distance + stride - 1) / stride);
  if (cut.size <= 1)
    cut.step = 1; // not used, and it might be large
  if (cut.size == 0)
    cut.start = 0;
  return cut;
}

static LogicalResult sliceBy(Node &n, ArrayRef<int64_t> starts,
                             ArrayRef<int64_t> ends,
                             std::optional<SmallVector<int64_t>> axes,
                             std::optional<SmallVector<int64_t>> steps) {
  const SmallVector<int64_t> dims =
      axes.value_or(iotaDims(static_cast<int64_t>(starts.size())));
  const SmallVector<int64_t> strides =
      steps.value_or(SmallVector<int64_t>(starts.size(), 1));
  if (!n.check(starts.size() == ends.size() && starts.size() == dims.size() &&
                   starts.size() == strides.size(),
               "starts, ends, axes and steps need one length, but have " +
                   Twine(starts.size()) + ", " + Twine(ends.size()) + ", " +
                   Twine(dims.size()) + " and " + Twine(strides.size())))
    return llvm::failure();
  n.axes(dims, n.rank(0));
  Shape shape(n.shape(0)), first(shape.size(), 0), step(shape.size(), 1);
  for (size_t i = 0; i < dims.size() && !n.failed(); ++i) {
    const int64_t dim = n.axis(dims[i], n.rank(0), "axes");
    if (!n.check(strides[i] != 0,
                 "steps[" + Twine(i) + "] needs to differ from 0"))
      break;
    const Cut cut = clampCut(starts[i], ends[i], strides[i], n.shape(0)[dim]);
    first[dim] = cut.start;
    shape[dim] = cut.size;
    step[dim] = cut.step;
  }
  if (n.failed())
    return llvm::failure();
  return n.result(n.b.slice(n.input(0), first, shape, step));
}

static LogicalResult importSliceAttributes(Node &n) {
  const auto starts = n.intsAttr("starts"), ends = n.intsAttr("ends");
  const auto axes = n.intsAttr("axes");
  if (!n.check(starts && ends, "attributes 'starts' and 'ends' are needed"))
    return llvm::failure();
  return sliceBy(n, *starts, *ends, axes, std::nullopt);
}

/// A list that is 0, 1, ... or 1, 1, ... if it is not given.
static SmallVector<int64_t> listOr(Node &n, unsigned i, StringRef name,
                                   ArrayRef<int64_t> standard) {
  return n.hasInput(i) ? n.intsInput(i, name) : SmallVector<int64_t>(standard);
}

static LogicalResult importSlice(Node &n) {
  if (n.inputVaries(0) || !n.knownConstant(1) || !n.knownConstant(2)) {
    const SmallVector<Number> first = n.numbersInput(1, "starts");
    const SmallVector<Number> last = n.numbersInput(2, "ends");
    const auto count = static_cast<int64_t>(first.size());
    const auto dims = listOr(n, 3, "axes", iotaDims(count));
    const auto steps = listOr(n, 4, "steps", Shape(first.size(), 1));
    if (n.failed() ||
        !n.check(first.size() == last.size() && first.size() == dims.size() &&
                     first.size() == steps.size(),
                 "starts, ends, axes and steps need one length"))
      return llvm::failure();
    n.axes(dims, n.rank(0));
    return n.failed() ? llvm::failure()
                      : sliceVarying(n, first, last, dims, steps);
  }
  const SmallVector<int64_t> starts = n.intsInput(1, "starts");
  const SmallVector<int64_t> ends = n.intsInput(2, "ends");
  std::optional<SmallVector<int64_t>> axes, steps;
  if (n.hasInput(3))
    axes = n.intsInput(3, "axes");
  if (n.hasInput(4))
    steps = n.intsInput(4, "steps");
  if (n.failed())
    return llvm::failure();
  return sliceBy(n, starts, ends, axes, steps);
}

//===----------------------------------------------------------------------===//
// Expand, Tile
//===----------------------------------------------------------------------===//

/// A size by the rules of broadcasting; nothing if there is none.
static std::optional<Number> commonSize(const Number &a, const Number &b) {
  if (a.isKnown() && a.most == 1)
    return b;
  if (b.isKnown() && b.most == 1)
    return a;
  if (a.isKnown() && b.isKnown())
    return a.most == b.most ? std::optional(a) : std::nullopt;
  // They are equal when the model runs, but their bounds may differ.
  const int64_t most = std::min(a.most, b.most);
  Number size = a.isKnown() ? a : b;
  if (size.isKnown() && size.most > most)
    return std::nullopt;
  size.most = most;
  return size;
}

static LogicalResult expandVarying(Node &n) {
  SmallVector<Number> sizes = n.sizesOf(n.input(0));
  SmallVector<Number> given = n.numbersInput(1, "shape");
  const size_t rank = std::max(sizes.size(), given.size());
  sizes.insert(sizes.begin(), rank - sizes.size(), Number(1));
  given.insert(given.begin(), rank - given.size(), Number(1));
  Shape shape;
  for (size_t i = 0; i < rank && !n.failed(); ++i) {
    const std::optional<Number> size = commonSize(sizes[i], given[i]);
    if (!n.isBounded(given[i], 1, "shape") ||
        !n.check(size.has_value(), "a dim of at most " + Twine(sizes[i].most) +
                                       " does not broadcast with one of at "
                                       "most " +
                                       Twine(given[i].most)))
      return llvm::failure();
    sizes[i] = *size;
    shape.push_back(std::max<int64_t>(size->most, 0));
  }
  if (n.failed() || !n.checkShape(shape))
    return llvm::failure();
  // What is repeated has as many elements as that, or one.
  Value value = n.input(0);
  Shape kept(n.shape(0));
  for (auto [size, most] :
       llvm::zip_equal(kept, ArrayRef(shape).take_back(kept.size())))
    size = size == 1 ? 1 : std::min(size, most);
  value = n.b.slice(value, Shape(kept.size(), 0), kept, Shape(kept.size(), 1));
  return n.result(n.withSizes(n.b.broadcast(value, shape), sizes));
}

static LogicalResult importExpand(Node &n) {
  if (n.inputVaries(0) || !n.knownConstant(1))
    return expandVarying(n);
  const SmallVector<int64_t> shape = n.intsInput(1, "shape");
  if (n.failed() || !n.checkShape(shape))
    return llvm::failure();
  std::optional<Shape> result = prim::broadcastShapes(n.shape(0), shape);
  if (!n.check(result.has_value(),
               "input 0 of shape " + shapeString(n.shape(0)) +
                   " does not broadcast with " + shapeString(shape)) ||
      !n.checkShape(*result))
    return llvm::failure();
  return n.result(n.b.broadcast(n.input(0), *result));
}

static LogicalResult importTile(Node &n) {
  const SmallVector<int64_t> repeats = n.intsInput(1, "repeats");
  const int64_t rank = n.rank(0);
  if (n.failed() || !n.check(static_cast<int64_t>(repeats.size()) == rank,
                             "repeats needs " + Twine(rank) +
                                 " entries, but has " + Twine(repeats.size())))
    return llvm::failure();
  Shape shape(n.shape(0));
  for (int64_t i = 0; i < rank; ++i)
    if (!n.atLeast(repeats[i], 0, "repeats[" + Twine(i) + "]") ||
        !n.check(!llvm::MulOverflow(shape[i], repeats[i], shape[i]),
                 "repeats[" + Twine(i) + "] of " + Twine(repeats[i]) +
                     " is too large"))
      return llvm::failure();
  if (!n.checkShape(shape))
    return llvm::failure();
  // One dim at a time, so that no rank above the input's plus one is needed;
  // the input's own limit leaves no room for that, so rank 8 is flattened.
  Value result = n.input(0);
  for (int64_t i = 0; i < rank; ++i) {
    if (repeats[i] == 1)
      continue;
    ArrayRef<int64_t> now = prim::shapeOf(result);
    Shape target(now);
    target[i] = shape[i];
    const Shape flat{product(now.take_front(i)), 1, product(now.drop_front(i))};
    const Shape repeated{flat[0], repeats[i], flat[2]};
    result =
        n.b.reshape(n.b.broadcast(n.b.reshape(result, flat), repeated), target);
  }
  return n.result(result);
}

//===----------------------------------------------------------------------===//
// Between depth and space
//===----------------------------------------------------------------------===//

static LogicalResult importDepthToSpace(Node &n) {
  const int64_t block = n.requiredInt("blocksize");
  const std::string mode = n.stringAttr("mode", "DCR");
  if (n.failed() || !n.checkRank(0, 4, 4) || !n.atLeast(block, 1, "blocksize"))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0);
  if (!n.check(mode == "DCR" || mode == "CRD",
               "attribute 'mode' needs to be DCR or CRD, but got '" + mode +
                   "'") ||
      !n.check(block <= in[1] && in[1] % (block * block) == 0,
               Twine(in[1]) + " channels do not divide into blocks of " +
                   Twine(block) + " by " + Twine(block)))
    return llvm::failure();
  const int64_t depth = in[1] / (block * block);
  const Shape result{in[0], depth, in[2] * block, in[3] * block};
  if (!n.checkShape(result))
    return llvm::failure();
  const bool columnsFirst = mode == "CRD";
  const Shape split = columnsFirst
                          ? Shape{in[0], depth, block, block, in[2], in[3]}
                          : Shape{in[0], block, block, depth, in[2], in[3]};
  const Shape order =
      columnsFirst ? Shape{0, 1, 4, 2, 5, 3} : Shape{0, 3, 4, 1, 5, 2};
  return n.result(n.b.reshape(
      n.b.transpose(n.b.reshape(n.input(0), split), order), result));
}

static LogicalResult importSpaceToDepth(Node &n) {
  const int64_t block = n.requiredInt("blocksize");
  const std::string mode = n.opset() < 28 ? "DCR" : n.stringAttr("mode", "DCR");
  if (n.failed() || !n.checkRank(0, 4, 4) ||
      !n.atLeast(block, 1, "blocksize") ||
      !n.check(mode == "DCR" || mode == "CRD",
               "mode needs to be DCR or CRD, but got '" + mode + "'"))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0);
  if (!n.check(in[2] % block == 0 && in[3] % block == 0,
               "spatial dims " + Twine(in[2]) + " and " + Twine(in[3]) +
                   " do not divide by blocksize " + Twine(block)))
    return llvm::failure();
  const int64_t rows = in[2] / block, columns = in[3] / block;
  Value split =
      n.b.reshape(n.input(0), {in[0], in[1], rows, block, columns, block});
  const Shape order =
      mode == "CRD" ? Shape{0, 1, 3, 5, 2, 4} : Shape{0, 3, 5, 1, 2, 4};
  return n.result(n.b.reshape(n.b.transpose(split, order),
                              {in[0], in[1] * block * block, rows, columns}));
}

ArrayRef<OpRow> importer::movementRows() {
  static constexpr OpRow rows[] = {
      {"Concat", 1, {1, anyNumber}, importConcat},
      {"DepthToSpace", 1, 1, importDepthToSpace},
      {"Expand", 8, 2, importExpand, "shape bounded"},
      {"Slice", 1, 1, importSliceAttributes},
      {"Slice", 10, {3, 5}, importSlice, "axes and steps known"},
      {"SpaceToDepth", 1, 1, importSpaceToDepth},
      {"Split", 2, {1, 2}, importSplit, "split known", anyNumber},
      {"Tile", 6, 2, importTile, "repeats known"},
      {"Transpose", 1, 1, importTranspose},
  };
  return rows;
}
