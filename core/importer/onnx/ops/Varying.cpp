// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which operators take inputs whose dims vary, and movements of their elements.

#include "core/importer/onnx/ops/Varying.h"

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Index.h"

#include "llvm/ADT/StringSet.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Operators on elements by themselves.
static const llvm::StringSet<> elementwise = {"Abs",         "Acos",
                                              "Acosh",       "Add",
                                              "And",         "Asin",
                                              "Asinh",       "Atan",
                                              "Atanh",       "BitShift",
                                              "BitwiseAnd",  "BitwiseNot",
                                              "BitwiseOr",   "BitwiseXor",
                                              "Cast",        "CastLike",
                                              "Ceil",        "Celu",
                                              "Clip",        "Cos",
                                              "Cosh",        "Div",
                                              "Elu",         "Equal",
                                              "Erf",         "Exp",
                                              "Floor",       "Gelu",
                                              "Greater",     "GreaterOrEqual",
                                              "HardSigmoid", "HardSwish",
                                              "Identity",    "IsInf",
                                              "IsNaN",       "LeakyRelu",
                                              "Less",        "LessOrEqual",
                                              "Log",         "Max",
                                              "Mean",        "Min",
                                              "Mish",        "Mod",
                                              "Mul",         "Neg",
                                              "Not",         "Or",
                                              "PRelu",       "Pow",
                                              "Reciprocal",  "Relu",
                                              "Round",       "Selu",
                                              "Shrink",      "Sigmoid",
                                              "Sign",        "Sin",
                                              "Sinh",        "Softplus",
                                              "Softsign",    "Sqrt",
                                              "Sub",         "Sum",
                                              "Swish",       "Tan",
                                              "Tanh",        "ThresholdedRelu",
                                              "Where",       "Xor"};

/// The others whose handlers use the sizes of dims that may vary as bounds
/// only, or ask for the number of elements that count.
static const llvm::StringSet<> others = {
    // Elements in other places
    "Compress", "Concat", "ConstantOfShape", "Expand", "Flatten", "Gather",
    "GatherElements", "GatherND", "NonMaxSuppression", "NonZero", "OneHot",
    "Range", "Reshape", "RoiAlign", "ScatterElements", "ScatterND", "Shape",
    "Size", "Slice", "Split", "Squeeze", "Tile", "TopK", "Transpose", "Unique",
    "Unsqueeze",
    // Many elements
    "ArgMax", "ArgMin", "BatchNormalization", "Conv", "ConvTranspose", "CumSum",
    "DequantizeLinear", "Gemm", "LayerNormalization", "LogSoftmax", "MatMul",
    "MaxPool", "QuantizeLinear", "ReduceL1", "ReduceL2", "ReduceLogSum",
    "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
    "ReduceSum", "ReduceSumSquare", "Softmax",
    // Graphs
    "If", "Loop"};

void importer::prepareVarying(Node &node, StringRef domain, StringRef name) {
  if (!domain.empty())
    return;
  if (elementwise.contains(name)) {
    node.takeVarying();
    SmallVector<unsigned> inputs;
    for (unsigned i = 0; i < node.numInputs(); ++i)
      if (node.hasInput(i) && !node.isSequence(i))
        inputs.push_back(i);
    node.alignBounds(inputs);
  } else if (others.contains(name)) {
    node.takeVarying();
  }
}

static Shape boundsOf(ArrayRef<Number> sizes) {
  Shape shape;
  for (const Number &size : sizes)
    shape.push_back(size.most);
  return shape;
}

static int64_t varyingCount(ArrayRef<Number> sizes) {
  return llvm::count_if(sizes,
                        [](const Number &size) { return !size.isKnown(); });
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

/// Whether \p value, which was reshaped and whose elements that count are at
/// the front of its dims, has these sizes. The number of elements stays, so
/// one size that varies follows from the others.
static bool haveSizes(Node &node, Value value, ArrayRef<Number> sizes) {
  const SmallVector<Number> made = node.sizesOf(value);
  for (auto [a, b] : llvm::zip_equal(made, sizes))
    if (a.isKnown() != b.isKnown() ||
        (varyingCount(sizes) > 1 && a.value != b.value))
      return false;
  return true;
}

Value importer::arrange(Node &node, Value value, ArrayRef<Number> sizes) {
  PrimBuilder &b = node.b;
  const SmallVector<Number> before = node.sizesOf(value);
  const Shape bounds = boundsOf(sizes);
  if (product(bounds) == product(prim::shapeOf(value))) {
    Value reshaped = b.reshape(value, bounds);
    if (varyingCount(before) == 0 && varyingCount(sizes) == 0)
      return reshaped;
    node.sizesOf(reshaped);
    if (node.countsInFront(reshaped) && haveSizes(node, reshaped, sizes))
      return node.withSizes(reshaped, sizes);
  }
  // The number of each element among those that count, then its place.
  const auto rank = static_cast<int64_t>(sizes.size());
  Value number = node.indices({0}, Shape(rank, 1)),
        stride = node.indices({1}, Shape{});
  for (int64_t dim = rank; dim-- > 0;) {
    number = b.add(number, b.mul(ramp(b, bounds[dim], dim, rank, 1), stride));
    stride = b.mul(stride, node.valueOf(sizes[dim]));
  }
  Value place = node.indices({0}, Shape{});
  int64_t step = 1;
  for (size_t dim = before.size(); dim-- > 0; step *= before[dim].most) {
    Value size = node.valueOf(before[dim]);
    Value at = b.map(ScalarKind::rem, {number, size});
    number = b.div(number, size);
    place = b.add(place, b.mul(at, node.indices({step}, Shape{})));
  }
  Value flat = b.reshape(value, {product(prim::shapeOf(value))});
  return node.withSizes(b.gather(flat, b.broadcast(place, bounds), 0), sizes);
}

/// The size that -1 stands for: what is left of \p in without \p out.
static std::optional<Number> openSize(Node &node, ArrayRef<Number> in,
                                      ArrayRef<Number> out) {
  int64_t above = 1, below = 1;
  SmallVector<Number> rest, others;
  for (const Number &size : in) {
    if (size.isKnown())
      above *= size.most;
    else
      rest.push_back(size);
  }
  for (const Number &size : out) {
    if (size.isKnown()) {
      below *= size.most;
      continue;
    }
    auto *same = llvm::find_if(
        rest, [&](const Number &other) { return other.value == size.value; });
    if (same == rest.end())
      others.push_back(size);
    else
      rest.erase(same);
  }
  if (!node.check(below != 0, "shape has a 0 and a -1"))
    return std::nullopt;
  if (rest.empty() && others.empty()) {
    if (!node.check(above % below == 0, "cannot divide " + Twine(above) +
                                            " elements by " + Twine(below)))
      return std::nullopt;
    return Number(above / below);
  }
  int64_t most = above;
  for (const Number &size : rest)
    if (!node.check(!llvm::MulOverflow(most, size.most, most),
                    "its result is too large"))
      return std::nullopt;
  rest.push_back(Number(above));
  others.push_back(Number(below));
  return Number(0, most / below,
                node.b.div(node.countOf(rest), node.countOf(others)));
}

LogicalResult importer::reshapeVarying(Node &node, ArrayRef<Number> shape,
                                       bool allowZero) {
  if (node.failed())
    return llvm::failure();
  const SmallVector<Number> in = node.sizesOf(node.input(0));
  SmallVector<Number> out;
  std::optional<size_t> open;
  for (auto [i, size] : llvm::enumerate(shape)) {
    const std::string field = "shape[" + std::to_string(i) + "]";
    if (size.isKnown() && size.most == -1) {
      if (!node.check(!open, "shape has more than one -1"))
        return llvm::failure();
      open = i;
      out.push_back(Number(1));
    } else if (size.isKnown() && size.most == 0 && !allowZero) {
      if (!node.check(i < in.size(), field +
                                         " copies a dim of the input, "
                                         "which has rank " +
                                         Twine(in.size())))
        return llvm::failure();
      out.push_back(in[i]);
    } else if (!node.isBounded(size, 1, "shape") ||
               !node.atLeast(size.most, 0, field)) {
      return llvm::failure();
    } else {
      out.push_back(size);
    }
  }
  if (open) {
    SmallVector<Number> others(out);
    others.erase(others.begin() + *open);
    std::optional<Number> size = openSize(node, in, others);
    if (!size)
      return llvm::failure();
    out[*open] = *size;
  }
  if (!node.checkShape(boundsOf(out)))
    return llvm::failure();
  if (varyingCount(in) + varyingCount(out) == 0 &&
      !node.check(product(boundsOf(in)) == product(boundsOf(out)),
                  "cannot reshape " + shapeString(boundsOf(in)) + " to " +
                      shapeString(boundsOf(out))))
    return llvm::failure();
  return node.result(arrange(node, node.input(0), out));
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

namespace {
/// A slice along one dim: the first element, and how many.
struct VaryingCut {
  Value first;
  Number count;
};
} // namespace

/// By the rules of numpy, as clampCut() has them for sizes that are known.
static VaryingCut cutOf(Node &node, const Number &size, const Number &start,
                        const Number &end, int64_t step) {
  PrimBuilder &b = node.b;
  auto number = [&](int64_t value) { return node.indices({value}, Shape{}); };
  Value length = node.valueOf(size);
  Value last = b.sub(length, number(1));
  Value from = normalizeIndices(b, node.valueOf(start), length);
  Value to = normalizeIndices(b, node.valueOf(end), length);
  Value distance;
  if (step > 0) {
    from = node.brought(from, number(0), length);
    distance = b.sub(node.brought(to, number(0), length), from);
  } else {
    from = node.brought(from, number(0), last);
    distance = b.sub(from, node.brought(to, number(-1), last));
  }
  const int64_t stride = step > 0 ? step : -step;
  if (stride != 1)
    distance = b.div(b.add(distance, number(stride - 1)), number(stride));
  Value count = b.map(ScalarKind::max, {distance, number(0)});
  int64_t most = (size.most + stride - 1) / stride;
  if (step > 0 && start.least >= 0 && end.least >= 0 && end.most < size.most)
    most = std::min(
        most,
        std::max<int64_t>(0, (end.most - start.least + stride - 1) / stride));
  if (step > 0 && start.isKnown() && start.most < 0)
    most = std::min(most, (-start.most + stride - 1) / stride);
  return {from, Number(0, most, count)};
}

LogicalResult importer::sliceVarying(Node &node, ArrayRef<Number> starts,
                                     ArrayRef<Number> ends,
                                     ArrayRef<int64_t> dims,
                                     ArrayRef<int64_t> steps) {
  PrimBuilder &b = node.b;
  Value value = node.input(0);
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t dim = node.axis(dims[i], node.rank(0), "axes");
    const std::string field = "steps[" + std::to_string(i) + "]";
    constexpr int64_t mostStep = int64_t{1} << 31;
    if (!node.check(steps[i] != 0, field + " needs to differ from 0") ||
        !node.check(steps[i] < mostStep && steps[i] > -mostStep,
                    field + " of " + Twine(steps[i]) + " is too large"))
      return llvm::failure();
    SmallVector<Number> sizes = node.sizesOf(value);
    const VaryingCut cut =
        cutOf(node, sizes[dim], starts[i], ends[i], steps[i]);
    const int64_t most = cut.count.most;
    if (starts[i].isKnown() && starts[i].most >= 0 && steps[i] == 1) {
      const int64_t start = std::min(starts[i].most, sizes[dim].most - most);
      Shape shape = boundsOf(sizes), first(shape.size(), 0);
      if (start == starts[i].most) {
        shape[dim] = most;
        first[dim] = start;
        value = b.slice(value, first, shape, Shape(shape.size(), 1));
        sizes = node.sizesOf(value);
        sizes[dim] = cut.count;
        value = node.withSizes(value, sizes);
        continue;
      }
    }
    Value places =
        b.add(b.mul(ramp(b, most, 0, 1, 1), node.indices({steps[i]}, Shape{})),
              cut.first);
    value = b.gather(value, places, dim);
    sizes = node.sizesOf(value);
    sizes[dim] = cut.count;
    value = node.withSizes(value, sizes);
  }
  return node.result(value);
}

//===----------------------------------------------------------------------===//
// Concat
//===----------------------------------------------------------------------===//

/// All elements one after the other, then those that count.
Value importer::concatVarying(Node &node, ValueRange values, int64_t dim) {
  PrimBuilder &b = node.b;
  Number size(0);
  Value places;
  int64_t most = 0;
  for (Value value : values)
    most += prim::shapeOf(value)[dim];
  places = ramp(b, most, 0, 1, 1);
  Value skipped = places;
  for (Value value : values) {
    const Number own = node.sizeOf(value, dim);
    size = node.plus(size, own);
    if (own.isKnown())
      continue;
    // From the next value on, what did not count of this one is left out.
    Value gap = b.sub(node.indices({own.most}, Shape{}), own.value);
    skipped = b.map({skipped, places, node.valueOf(size), gap},
                    [](ScalarBuilder &s, ValueRange v) {
                      Value after = s.op(ScalarKind::ge, {v[1], v[2]});
                      return s.select(after, s.add(v[0], v[3]), v[0]);
                    });
  }
  // Which other dims vary follows from each value; all say the same.
  SmallVector<Number> sizes = node.sizesOf(values.front());
  for (Value value : values)
    for (auto [all, own] : llvm::zip_equal(sizes, node.sizesOf(value)))
      if (all.isKnown())
        all = own;
  sizes[dim] = size;
  Value joined = b.concat(values, dim);
  node.markFixed(joined);
  return node.withSizes(b.gather(joined, skipped, dim), sizes);
}
