// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions of floats.

#include "core/importer/onnx/ops/Conv.h"

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Spatial.h"
#include "core/semantics/Shapes.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Input and weights have one rank, which the primitives take.
static bool checkRanks(Node &n, ArrayRef<int64_t> in,
                       ArrayRef<int64_t> weights) {
  if (!n.check(in.size() >= 3 && weights.size() == in.size(),
               "input and weights need one rank of at least 3, but have "
               "shapes " +
                   shapeString(in) + " and " + shapeString(weights)))
    return false;
  if (in.size() <= 5)
    return true;
  (void)n.unsupported("rank " + Twine(in.size()) +
                      " is not supported; it is supported up to 3 spatial "
                      "dims");
  return false;
}

static bool checkSides(Node &n) {
  return n.isFloat(0) && n.sameType(0, 1) &&
         checkRanks(n, n.shape(0), n.shape(1));
}

/// Adds input 2, if there is one, as a number per channel; null when that
/// failed.
static Value withBias(Node &n, Value result) {
  if (!n.hasInput(2))
    return result;
  const int64_t channels = prim::shapeOf(result)[1];
  if (!n.sameType(0, 2) ||
      !n.check(n.shape(2) == ArrayRef<int64_t>{channels},
               "input 2 (bias) needs shape [" + Twine(channels) +
                   "], but has " + shapeString(n.shape(2))))
    return {};
  return n.b.add(result, alongChannels(n, n.input(2), prim::rankOf(result)));
}

static LogicalResult addBias(Node &n, Value result) {
  Value sum = withBias(n, result);
  return sum ? n.result(sum) : llvm::failure();
}

std::optional<prim::ConvAttributes>
importer::readConv(Node &n, ArrayRef<int64_t> in, ArrayRef<int64_t> weights) {
  const int64_t groups = n.intAttr("group", 1);
  if (!checkRanks(n, in, weights) || !n.atLeast(groups, 1, "group") ||
      !n.check(in[1] % groups == 0 && weights[0] % groups == 0 &&
                   weights[1] == in[1] / groups,
               Twine(groups) + " groups do not fit an input of " +
                   Twine(in[1]) + " channels and weights of shape " +
                   shapeString(weights)))
    return std::nullopt;
  const Shape kernel(weights.drop_front(2));
  const Sliding s = readSliding(n, in.drop_front(2), &kernel, /*ceil=*/false);
  Shape shape{in[0], weights[0]};
  llvm::append_range(shape, s.out);
  if (n.failed() || !n.checkShape(shape))
    return std::nullopt;
  return prim::ConvAttributes{s.strides, s.low, s.high, s.dilations, groups};
}

static LogicalResult importConv(Node &n) {
  if (!checkSides(n))
    return llvm::failure();
  const auto attributes = readConv(n, n.shape(0), n.shape(1));
  if (!attributes)
    return llvm::failure();
  return addBias(n, n.b.conv(n.input(0), n.input(1), *attributes));
}

/// The function named by the attribute `activation`, with \p parameters.
static std::optional<Value> activated(ScalarBuilder &s, Value x, StringRef name,
                                      ArrayRef<double> parameters) {
  const Type type = x.getType();
  auto number = [&](double value) { return s.number(value, type); };
  const size_t count = parameters.size();
  if (name.empty() && count == 0)
    return x;
  if (name == "Relu" && count == 0)
    return s.max(x, number(0));
  if (name == "Sigmoid" && count == 0)
    return sigmoid(s, x);
  if (name == "Tanh" && count == 0)
    return s.op(ScalarKind::tanh, x);
  if (name == "LeakyRelu" && count == 1)
    return s.select(s.op(ScalarKind::lt, {x, number(0)}),
                    s.mul(x, number(parameters[0])), x);
  if (name == "Clip" && count == 2)
    return s.min(s.max(x, number(parameters[0])), number(parameters[1]));
  if (name == "HardSigmoid" && count == 2) {
    Value line = s.add(s.mul(x, number(parameters[0])), number(parameters[1]));
    return s.min(s.max(line, number(0)), number(1));
  }
  return std::nullopt;
}

/// A convolution, plus a tensor of the result's shape, through a function.
static LogicalResult importFusedConv(Node &n) {
  const std::string name = n.stringAttr("activation", "");
  const SmallVector<double> parameters =
      n.floatsAttr("activation_params").value_or(SmallVector<double>());
  if (!checkSides(n))
    return llvm::failure();
  const auto attributes = readConv(n, n.shape(0), n.shape(1));
  if (!attributes)
    return llvm::failure();
  Value sum = withBias(n, n.b.conv(n.input(0), n.input(1), *attributes));
  if (!sum)
    return llvm::failure();
  if (n.hasInput(3)) {
    if (!n.sameType(0, 3) ||
        !n.check(n.shape(3) == prim::shapeOf(sum),
                 "input 3 (Z) needs shape " + shapeString(prim::shapeOf(sum)) +
                     ", but has " + shapeString(n.shape(3))))
      return llvm::failure();
    sum = n.b.add(sum, n.input(3));
  }
  bool isKnown = true;
  Value result = mapWide(n, sum, [&](ScalarBuilder &s, ValueRange v) {
    const auto value = activated(s, v[0], name, parameters);
    isKnown = value.has_value();
    return value.value_or(v[0]);
  });
  if (!isKnown)
    return n.unsupported("activation '" + name + "' with " +
                         Twine(parameters.size()) +
                         " parameters is not supported; Relu, Sigmoid, Tanh, "
                         "LeakyRelu (1), Clip (2) and HardSigmoid (2) are");
  return n.result(name.empty() ? sum : result);
}

/// Splits what has to be cropped; what is missing is added at the end.
static void splitCrop(Sliding &s, size_t i, int64_t total, bool upper) {
  const int64_t crop = std::max<int64_t>(total, 0);
  s.low[i] = upper ? crop / 2 : crop - crop / 2;
  s.high[i] = total - s.low[i];
}

static LogicalResult importConvTranspose(Node &n) {
  const int64_t groups = n.intAttr("group", 1);
  if (!checkSides(n) || !n.atLeast(groups, 1, "group"))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0), weights = n.shape(1);
  if (!n.check(in[1] == weights[0] && in[1] % groups == 0,
               Twine(groups) + " groups do not fit an input of " +
                   Twine(in[1]) + " channels and weights of shape " +
                   shapeString(weights)))
    return llvm::failure();

  const size_t spatial = in.size() - 2;
  const Shape kernel(weights.drop_front(2));
  const AutoPad mode = readAutoPad(n);
  Sliding s = readKernel(n, spatial, &kernel);
  const Shape pads = readSizes(n, "pads", 2 * spatial, 0, 0);
  const Shape added = readSizes(n, "output_padding", spatial, 0, 0);
  const bool hasShape = n.hasAttr("output_shape");
  Shape wanted = readSizes(n, "output_shape", spatial, 1, 1);
  if (n.failed())
    return llvm::failure();
  for (size_t i = 0; i < spatial; ++i) {
    const int64_t size = in[2 + i];
    const int64_t full = shapes::transposed(size, kernel[i], s.strides[i], 0,
                                            -added[i], s.dilations[i])
                             .value_or(-1);
    if (!n.checkShape({full}))
      return llvm::failure();
    const bool same = mode == AutoPad::upper || mode == AutoPad::lower;
    if (hasShape)
      splitCrop(s, i, full - wanted[i], mode == AutoPad::upper);
    else if (same)
      splitCrop(s, i, full - size * s.strides[i], mode == AutoPad::upper);
    else if (mode == AutoPad::none)
      s.low[i] = pads[i], s.high[i] = pads[spatial + i];
    s.high[i] -= added[i];
    s.out[i] = shapes::transposed(size, kernel[i], s.strides[i], s.low[i],
                                  s.high[i], s.dilations[i])
                   .value_or(-1);
    if (!n.check(s.out[i] >= 1,
                 "spatial dim " + Twine(i) + " of " + Twine(size) +
                     " leaves nothing after pads " + Twine(s.low[i]) + " and " +
                     Twine(s.high[i])))
      return llvm::failure();
  }
  Shape shape{in[0], weights[1] * groups};
  llvm::append_range(shape, s.out);
  if (!n.checkShape(shape))
    return llvm::failure();
  return addBias(
      n, n.b.convTranspose(n.input(0), n.input(1),
                           {s.strides, s.low, s.high, s.dilations, groups}));
}

ArrayRef<OpRow> importer::convRows() {
  static constexpr OpRow rows[] = {
      {"Conv", 1, {2, 3}, importConv, "1 to 3 spatial dims"},
      {"ConvTranspose", 1, {2, 3}, importConvTranspose, "1 to 3 spatial dims"},
      {"FusedConv",
       1,
       {2, 4},
       importFusedConv,
       "1 to 3 spatial dims",
       1,
       "com.microsoft"},
  };
  return rows;
}
