// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resize and Upsample: each axis in turn becomes a gather (nearest) or a
// weighted sum of gathers, whose indices and weights are constants; but where
// elements are only repeated, a broadcast.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Limits.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Interpolation.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

/// The most taps of one axis: bounds the program that one node makes.
static constexpr size_t mostTaps = 1024;

static Value alongAxis(Node &node, ArrayRef<double> values, int64_t axis,
                       int64_t rank, Type element) {
  Shape shape(rank, 1);
  shape[axis] = values.size();
  SmallVector<float> floats(values.begin(), values.end());
  Value constant = node.constantOf(Tensor::of<float>(shape, floats));
  return node.b.cast(constant, element);
}

/// Resizes one axis; gives null when the node failed.
static Value resizeAxis(Node &node, Value input, int64_t axis,
                        const AxisResize &how, double extrapolation) {
  PrimBuilder &b = node.b;
  const Taps taps = makeTaps(how);
  if (!node.check(taps.indices.size() <= mostTaps,
                  "axis " + Twine(axis) + " is scaled down too far"))
    return {};
  const Type element = prim::elementOf(input);
  const int64_t rank = prim::rankOf(input);
  Value result;
  if (how.mode == Interpolation::nearest) {
    result = b.gather(input, node.indices(taps.indices[0]), axis);
  } else {
    SmallVector<Value> operands;
    for (size_t t = 0; t < taps.indices.size(); ++t) {
      operands.push_back(b.gather(input, node.indices(taps.indices[t]), axis));
      operands.push_back(alongAxis(node, taps.weights[t], axis, rank, element));
    }
    result = b.map(operands, [](ScalarBuilder &s, ValueRange v) {
      Value sum = s.mul(v[0], v[1]);
      for (size_t t = 2; t < v.size(); t += 2)
        sum = s.add(sum, s.mul(v[t], v[t + 1]));
      return sum;
    });
  }
  if (llvm::is_contained(taps.outside, true)) {
    SmallVector<double> outside(taps.outside.begin(), taps.outside.end());
    Value mask =
        b.cast(alongAxis(node, outside, axis, rank, b.builder.getF32Type()),
               b.builder.getI1Type());
    result = b.map({mask, result}, [&](ScalarBuilder &s, ValueRange v) {
      return s.select(v[0], s.number(extrapolation, element), v[1]);
    });
  }
  return result;
}

/// Options of one node, before they are looked at per axis.
struct ResizeOptions {
  AxisResize common;
  std::string policy = "stretch";
  double extrapolation = 0;
  SmallVector<int64_t> axes; ///< those that scales, sizes and roi speak of
};

static bool readMode(Node &node, ResizeOptions &options, StringRef fallback) {
  const std::string mode = node.stringAttr("mode", fallback);
  if (mode == "nearest")
    options.common.mode = Interpolation::nearest;
  else if (mode == "linear" || mode == "bilinear")
    options.common.mode = Interpolation::linear;
  else if (mode == "cubic")
    options.common.mode = Interpolation::cubic;
  else
    return node.check(false, "mode needs to be nearest, linear or cubic, but "
                             "is '" +
                                 mode + "'");
  return node.check(options.common.mode == Interpolation::nearest ||
                        node.isFloat(0),
                    "mode '" + mode + "' needs floats");
}

/// How much is resized: scales or sizes, one per entry of the axes.
struct Extent {
  SmallVector<double> scales;
  std::optional<SmallVector<int64_t>> sizes = std::nullopt;
  SmallVector<double> roi = {}; ///< All starts, then all ends; or nothing.
};

/// The plan of the axis at entry \p i of the axes; nothing when the node
/// failed.
static std::optional<AxisResize> planAxis(Node &node,
                                          const ResizeOptions &options,
                                          const Extent &extent, size_t i) {
  const int64_t axis = options.axes[i];
  AxisResize plan = options.common;
  plan.in = node.shape(0)[axis];
  if (extent.sizes) {
    plan.out = (*extent.sizes)[i];
    plan.scale = plan.in == 0 ? 1
                              : static_cast<double>(plan.out) /
                                    static_cast<double>(plan.in);
    plan.resizedLength = static_cast<double>(plan.out);
  } else {
    const double scale = extent.scales[i];
    if (!node.check(std::isfinite(scale) && scale > 0,
                    "scales[" + Twine(i) +
                        "] needs to be finite and above 0, but is " +
                        std::to_string(scale)))
      return std::nullopt;
    const double length = static_cast<double>(plan.in) * scale;
    if (!node.check(length < 2147483648.0, "scales[" + Twine(i) +
                                               "] makes dim " + Twine(axis) +
                                               " too large"))
      return std::nullopt;
    plan.scale = scale;
    plan.resizedLength = length;
    plan.out = static_cast<int64_t>(std::floor(length));
  }
  if (!extent.roi.empty()) {
    plan.roiStart = extent.roi[i];
    plan.roiEnd = extent.roi[i + options.axes.size()];
  }
  if (!node.atLeast(plan.out, 0, "sizes[" + Twine(i) + "]") ||
      !node.check(plan.in > 0 || plan.out == 0,
                  "dim " + Twine(axis) + " is empty"))
    return std::nullopt;
  return plan;
}

/// How often each element of the axis stands in a row, if that is all that
/// becomes of it; else 1.
static int64_t repeatsOf(const AxisResize &how) {
  if (how.mode != Interpolation::nearest || how.in == 0 || how.out == 0 ||
      how.out % how.in != 0)
    return 1;
  const int64_t factor = how.out / how.in;
  const Taps taps = makeTaps(how);
  if (llvm::is_contained(taps.outside, true))
    return 1;
  for (auto [i, from] : llvm::enumerate(taps.indices[0]))
    if (from != static_cast<int64_t>(i) / factor)
      return 1;
  return factor;
}

/// Each element as often in a row as \p factors say for its dims.
static Value repeatElements(PrimBuilder &b, Value value,
                            ArrayRef<int64_t> factors) {
  Shape split, spread, merged;
  for (auto [size, factor] : llvm::zip_equal(prim::shapeOf(value), factors)) {
    split.push_back(size);
    spread.push_back(size);
    merged.push_back(size * factor);
    if (factor == 1)
      continue;
    split.push_back(1);
    spread.push_back(factor);
  }
  return b.reshape(b.broadcast(b.reshape(value, split), spread), merged);
}

static LogicalResult resize(Node &node, const ResizeOptions &options,
                            const Extent &extent) {
  Shape shape(node.shape(0));
  SmallVector<AxisResize> plans;
  for (auto [i, axis] : llvm::enumerate(options.axes)) {
    std::optional<AxisResize> plan = planAxis(node, options, extent, i);
    if (!plan)
      return llvm::failure();
    shape[axis] = plan->out;
    plans.push_back(*plan);
  }
  if (!node.checkShape(shape))
    return llvm::failure();

  // Halves are rounded once, not after every tap of every axis.
  const Type element = node.element(0);
  Value value = node.input(0);
  if (options.common.mode != Interpolation::nearest)
    value = widen(node, value);
  Shape factors(shape.size(), 1);
  auto rank = static_cast<int64_t>(shape.size()); // with a dim for each factor
  for (auto [axis, plan] : llvm::zip_equal(options.axes, plans)) {
    const int64_t factor = rank < limits::rank ? repeatsOf(plan) : 1;
    if (factor > 1) {
      factors[axis] = factor;
      ++rank;
      continue;
    }
    const bool cropped = plan.coordinates == "tf_crop_and_resize";
    if (plan.in == plan.out && plan.scale == 1 && !cropped)
      continue;
    if (plan.out == 0) {
      Shape empty(prim::shapeOf(value));
      empty[axis] = 0;
      value = node.b.slice(value, Shape(empty.size(), 0), empty,
                           Shape(empty.size(), 1));
      continue;
    }
    value = resizeAxis(node, value, axis, plan, options.extrapolation);
    if (!value)
      return llvm::failure();
  }
  value = repeatElements(node.b, value, factors);
  return node.result(node.b.cast(value, element));
}

/// A constant input as numbers; empty when it is absent or has no elements.
static SmallVector<double> numbers(Node &node, unsigned i, StringRef name) {
  if (!node.hasInput(i))
    return {};
  std::optional<Tensor> tensor = node.constant(i, name);
  if (!tensor ||
      !node.check(tensor->rank() == 1,
                  name + " needs rank 1, but is " + tensor->typeString()))
    return {};
  const std::vector<double> values = toDoubles(*tensor);
  return {values.begin(), values.end()};
}

static bool checkEntries(Node &node, size_t got, size_t expected,
                         StringRef name) {
  return node.check(got == expected, name + " needs " + Twine(expected) +
                                         " entries, but has " + Twine(got));
}

/// Upsample, and Resize in version 10: scales only, as TensorFlow 1 did it.
static LogicalResult upsample(Node &node) {
  ResizeOptions options;
  options.common.coordinates = "asymmetric";
  options.common.nearestMode = "floor";
  if (!readMode(node, options, "nearest"))
    return llvm::failure();
  SmallVector<double> scales;
  if (node.opset() < 7)
    scales = {1, 1, node.floatAttr("height_scale", 0),
              node.floatAttr("width_scale", 0)};
  else if (node.numInputs() == 1)
    scales = node.floatsAttr("scales").value_or(SmallVector<double>());
  else
    scales = numbers(node, 1, "scales");
  if (node.failed() ||
      !checkEntries(node, scales.size(), node.rank(0), "scales"))
    return llvm::failure();
  llvm::append_range(options.axes, llvm::seq<int64_t>(0, node.rank(0)));
  return resize(node, options, {scales});
}

/// sizes under a policy that keeps the proportions: one scale for all axes.
static void keepAspectRatio(const ResizeOptions &options,
                            ArrayRef<int64_t> shape,
                            llvm::SmallVectorImpl<int64_t> &sizes) {
  std::optional<double> scale;
  for (auto [axis, size] : llvm::zip_equal(options.axes, sizes)) {
    const double ratio =
        static_cast<double>(size) / static_cast<double>(shape[axis]);
    if (!scale)
      scale = ratio;
    else
      scale = options.policy == "not_larger" ? std::min(*scale, ratio)
                                             : std::max(*scale, ratio);
  }
  for (auto [axis, size] : llvm::zip_equal(options.axes, sizes))
    size = static_cast<int64_t>(
        std::floor(*scale * static_cast<double>(shape[axis]) + 0.5));
}

static bool readResizeOptions(Node &node, ResizeOptions &options) {
  AxisResize &common = options.common;
  if (!readMode(node, options, "nearest"))
    return false;
  common.coordinates =
      node.stringAttr("coordinate_transformation_mode", "half_pixel");
  common.nearestMode = node.stringAttr("nearest_mode", "round_prefer_floor");
  common.cubicA = node.floatAttr("cubic_coeff_a", -0.75);
  common.excludeOutside = node.flagAttr("exclude_outside");
  options.extrapolation = node.floatAttr("extrapolation_value", 0);
  if (node.opset() >= 18) {
    common.antialias = node.flagAttr("antialias");
    options.policy = node.stringAttr("keep_aspect_ratio_policy", "stretch");
  }
  return node.check(isCoordinateMode(common.coordinates),
                    "coordinate_transformation_mode '" + common.coordinates +
                        "' is not known") &&
         node.check(llvm::is_contained({"round_prefer_floor",
                                        "round_prefer_ceil", "floor", "ceil"},
                                       StringRef(common.nearestMode)),
                    "nearest_mode '" + common.nearestMode + "' is not known") &&
         node.check(llvm::is_contained({"stretch", "not_larger", "not_smaller"},
                                       StringRef(options.policy)),
                    "keep_aspect_ratio_policy '" + options.policy +
                        "' is not known");
}

/// The axes that scales, sizes and roi speak of: all, or from version 18 on
/// those that are named.
static bool readResizeAxes(Node &node, ResizeOptions &options) {
  const int64_t rank = node.rank(0);
  std::optional<SmallVector<int64_t>> axes;
  if (node.opset() >= 18)
    axes = node.intsAttr("axes");
  if (!axes) {
    llvm::append_range(options.axes, llvm::seq<int64_t>(0, rank));
    return true;
  }
  for (int64_t axis : *axes)
    options.axes.push_back(node.axis(axis, rank, "axes"));
  SmallVector<int64_t> sorted(options.axes);
  llvm::sort(sorted);
  return node.check(llvm::unique(sorted) == sorted.end(),
                    "axes names one axis twice");
}

/// The sizes \p given, as integers that keep to the policy.
static std::optional<SmallVector<int64_t>>
readSizes(Node &node, const ResizeOptions &options, ArrayRef<double> given) {
  if (!checkEntries(node, given.size(), options.axes.size(), "sizes"))
    return std::nullopt;
  SmallVector<int64_t> sizes;
  for (auto [i, size] : llvm::enumerate(given)) {
    if (!node.check(size >= 0 && size < 2147483648.0,
                    "sizes[" + Twine(i) +
                        "] needs to be from 0 to 2^31 - 1, "
                        "but is " +
                        std::to_string(size)))
      return std::nullopt;
    sizes.push_back(static_cast<int64_t>(size));
  }
  if (options.policy == "stretch")
    return sizes;
  for (int64_t axis : options.axes)
    if (!node.check(node.shape(0)[axis] > 0,
                    "dim " + Twine(axis) + " is empty"))
      return std::nullopt;
  keepAspectRatio(options, node.shape(0), sizes);
  return sizes;
}

static LogicalResult resizeOp(Node &node) {
  ResizeOptions options;
  if (!readResizeOptions(node, options) || !readResizeAxes(node, options))
    return llvm::failure();
  const size_t count = options.axes.size();
  Extent extent;
  if (options.common.coordinates == "tf_crop_and_resize") {
    extent.roi = numbers(node, 1, "roi");
    if (node.failed() ||
        !checkEntries(node, extent.roi.size(), 2 * count, "roi"))
      return llvm::failure();
  }
  extent.scales = numbers(node, 2, "scales");
  const SmallVector<double> given = numbers(node, 3, "sizes");
  if (node.failed() ||
      !node.check(extent.scales.empty() != given.empty() || count == 0,
                  "exactly one of scales and sizes needs to be given"))
    return llvm::failure();
  if (given.empty()) {
    if (!checkEntries(node, extent.scales.size(), count, "scales"))
      return llvm::failure();
  } else {
    extent.sizes = readSizes(node, options, given);
    if (!extent.sizes)
      return llvm::failure();
  }
  return resize(node, options, extent);
}

ArrayRef<OpRow> importer::resizeRows() {
  static const OpRow rows[] = {
      {"Resize", 10, 2, upsample, "scales are known at compile time"},
      {"Resize",
       11,
       {1, 4},
       resizeOp,
       "scales or sizes are known at compile "
       "time"},
      {"Upsample", 1, 1, upsample},
      {"Upsample", 9, 2, upsample, "scales are known at compile time"},
      notSupported("Upsample", 10, "deprecated in favour of Resize"),
  };
  return rows;
}
