// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// DFT, STFT and MelWeightMatrix. A transform is a product with a constant
// matrix, or passes over the factors of its length.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/model/Types.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Fourier.h"

#include <cmath>
#include <numbers>

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// A discrete Fourier transform of one length.
struct Transform {
  int64_t length = 1; ///< Of the signal, after cropping or padding.
  bool inverse = false;
  bool onesided = false; ///< The half of the spectrum that says it all.
  int64_t parts = 2;     ///< 1: the input is real.

  /// Elements of the input that matter.
  int64_t inputs() const {
    return inverse && onesided ? length / 2 + 1 : length;
  }
  int64_t outputs() const {
    return !inverse && onesided ? length / 2 + 1 : length;
  }
  /// Parts of an output: the inverse of half a spectrum is real.
  int64_t outputParts() const { return inverse && onesided ? 1 : 2; }
  int64_t coefficientBytes() const {
    return inputs() * parts * outputs() * outputParts() * 8;
  }
};

} // namespace

/// What part \p p of input \p t contributes to part \p q of output \p k.
static double coefficient(const Transform &d, int64_t t, int64_t p, int64_t k,
                          int64_t q) {
  // The product is reduced first: angles stay small and exact.
  const double angle = 2 * std::numbers::pi *
                       static_cast<double>(t * k % d.length) /
                       static_cast<double>(d.length);
  const double sine = d.inverse ? std::sin(angle) : -std::sin(angle);
  const double value = p == q ? std::cos(angle) : (p == 1 ? -sine : sine);
  if (!d.inverse)
    return value;
  // The missing half mirrors all but the first and, of an even length, the
  // middle.
  const bool mirrored = d.onesided && t != 0 && 2 * t != d.length;
  return value * (mirrored ? 2 : 1) / static_cast<double>(d.length);
}

/// The coefficients, [inputs, parts, outputs, output parts] row-major.
static std::vector<double> coefficients(const Transform &d) {
  std::vector<double> result;
  for (int64_t t = 0; t < d.inputs(); ++t)
    for (int64_t p = 0; p < d.parts; ++p)
      for (int64_t k = 0; k < d.outputs(); ++k)
        for (int64_t q = 0; q < d.outputParts(); ++q)
          result.push_back(coefficient(d, t, p, k, q));
  return result;
}

/// A constant of f32 or f64.
static Value constantFloats(Node &n, ArrayRef<double> values,
                            ArrayRef<int64_t> shape, Type type) {
  if (type.isF64())
    return n.constantOf(Tensor::of<double>(shape, values));
  const std::vector<float> narrow(values.begin(), values.end());
  return n.constantOf(Tensor::of<float>(shape, ArrayRef<float>(narrow)));
}

/// Limits that keep products of sizes far from overflow.
static bool checkLength(Node &n, int64_t length, StringRef name) {
  return n.atLeast(length, 1, name) &&
         n.check(length <= 1 << 24, name +
                                        " needs to be at most 16777216, but "
                                        "got " +
                                        Twine(length));
}

//===----------------------------------------------------------------------===//
// DFT
//===----------------------------------------------------------------------===//

/// Dim \p dim of \p x with \p size elements: cropped, or with zeros at its end.
static Value resized(Node &n, Value x, int64_t dim, int64_t size) {
  Shape shape(prim::shapeOf(x));
  const Shape none(shape.size(), 0);
  Shape high(none);
  high[dim] = std::max<int64_t>(size - shape[dim], 0);
  shape[dim] = std::min(size, shape[dim]);
  Value cut = n.b.slice(x, none, shape, Shape(shape.size(), 1));
  return n.b.pad(cut, n.b.splat(int64_t{0}, prim::elementOf(x)), none, high,
                 none);
}

static bool readTransform(Node &n, Transform &d, int64_t &axis) {
  const int64_t rank = n.rank(0);
  int64_t given = n.opset() < 20 ? n.intAttr("axis", 1) : -2;
  if (n.opset() >= 20 && n.hasInput(2))
    given = n.intInput(2, "axis");
  axis = n.axis(given, rank);
  d.inverse = n.flagAttr("inverse");
  d.onesided = n.flagAttr("onesided");
  d.parts = n.shape(0).back();
  if (n.failed() ||
      !n.check(axis != rank - 1, "axis names the last dim, which holds the "
                                 "real and the imaginary part") ||
      !n.check(d.parts == 1 || d.parts == 2,
               "the last dim needs to be 1 or 2, but is " + Twine(d.parts)))
    return false;
  const int64_t size = n.shape(0)[axis];
  d.length = d.inverse && d.onesided ? 2 * (size - 1) : size;
  if (n.hasInput(1))
    d.length = n.intInput(1, "dft_length");
  return !n.failed() && checkLength(n, d.length, "dft_length");
}

/// The transform of \p x, [signals, inputs, parts]: [signals, outputs, parts].
static Value byMatrix(Node &n, Value x, const Transform &d) {
  const int64_t signals = prim::shapeOf(x)[0];
  const int64_t outputs = d.outputs() * d.outputParts();
  Value matrix = constantFloats(
      n, coefficients(d), {d.inputs() * d.parts, outputs}, prim::elementOf(x));
  Value sums =
      n.b.matmul(n.b.reshape(x, {signals, d.inputs() * d.parts}), matrix);
  return n.b.reshape(sums, {signals, d.outputs(), d.outputParts()});
}

/// The same by passes; not for half a spectrum.
static Value byPasses(Node &n, Value x, const Transform &d) {
  const int64_t signals = prim::shapeOf(x)[0];
  auto part = [&](int64_t i) {
    Value cut = n.b.slice(x, {0, 0, i}, {signals, d.length, 1}, {1, 1, 1});
    return n.b.reshape(cut, {signals, d.length});
  };
  const Type type = prim::elementOf(x);
  Complex y = fastFourier(
      n,
      {part(0),
       d.parts == 2 ? part(1) : n.b.splat(0.0, type, {signals, d.length})},
      d.inverse);
  SmallVector<Value> parts;
  for (Value one : {y.real, y.imaginary}) {
    if (d.inverse)
      one = n.b.map(one, [&](ScalarBuilder &s, ValueRange v) {
        return s.mul(v[0], s.number(1 / static_cast<double>(d.length), type));
      });
    one = n.b.slice(one, {0, 0}, {signals, d.outputs()}, {1, 1});
    parts.push_back(n.b.reshape(one, {signals, d.outputs(), 1}));
  }
  return n.b.concat(parts, 2);
}

/// A real signal needs half of the matrix, and its sums of products are nearer
/// to the truth; but a matrix grows with the square of the length.
static bool prefersPasses(const Transform &d) {
  constexpr int64_t mostBytes = int64_t{1} << 20;
  return hasSmallFactors(d.length) && d.outputParts() == 2 &&
         (d.parts == 2 || d.coefficientBytes() > mostBytes);
}

static LogicalResult importDft(Node &n) {
  Transform d;
  int64_t axis = 0;
  if (!n.isFloat(0) || !n.checkRank(0, 2) || !readTransform(n, d, axis))
    return llvm::failure();
  const bool hasPasses = prefersPasses(d);
  if (!n.reserve(hasPasses ? d.length * 64 : d.coefficientBytes()))
    return llvm::failure();
  const int64_t rank = n.rank(0);
  Shape result(n.shape(0));
  result[axis] = d.outputs();
  result.back() = d.outputParts();
  if (!n.checkShape(result))
    return llvm::failure();

  // The transformed dim goes beside that of the parts.
  Shape order = iotaDims(rank);
  std::rotate(order.begin() + axis, order.begin() + axis + 1, order.end() - 1);
  Shape back(rank);
  for (int64_t i = 0; i < rank; ++i)
    back[order[i]] = i;
  Value x = n.b.transpose(widen(n, n.input(0)), order);
  x = resized(n, x, rank - 2, d.inputs());
  Shape shape(prim::shapeOf(x));
  const int64_t signals = product(ArrayRef<int64_t>(shape).drop_back(2));
  x = n.b.reshape(x, {signals, d.inputs(), d.parts});
  Value sums = hasPasses ? byPasses(n, x, d) : byMatrix(n, x, d);
  shape[rank - 2] = d.outputs();
  shape[rank - 1] = d.outputParts();
  Value y = n.b.transpose(n.b.reshape(sums, shape), back);
  return n.result(n.b.cast(y, n.element(0)));
}

//===----------------------------------------------------------------------===//
// STFT
//===----------------------------------------------------------------------===//

/// The length of a frame: that of the window, the input frame_length, or both.
static int64_t readFrameLength(Node &n) {
  constexpr unsigned window = 2, length = 3;
  const int64_t given =
      n.hasInput(length) ? n.intInput(length, "frame_length") : 0;
  if (!n.hasInput(window)) {
    n.check(n.hasInput(length), "needs a window or frame_length");
    return given;
  }
  if (!n.sameType(0, window) || !n.checkRank(window, 1, 1))
    return 0;
  const int64_t size = n.shape(window)[0];
  n.check(!n.hasInput(length) || given == size,
          "a window of " + Twine(size) + " does not fit a frame_length of " +
              Twine(given));
  return size;
}

/// A transform per frame is a convolution: each coefficient of the spectrum is
/// a filter, and the window is a factor of all.
static LogicalResult importStft(Node &n) {
  Transform d;
  d.onesided = n.flagAttr("onesided", true);
  const int64_t step = n.intInput(1, "frame_step");
  d.length = n.failed() ? 0 : readFrameLength(n);
  if (n.failed() || !n.isFloat(0) || !n.checkRank(0, 2, 3) ||
      !checkLength(n, step, "frame_step") ||
      !checkLength(n, d.length, "frame_length"))
    return llvm::failure();
  const int64_t batch = n.shape(0)[0], size = n.shape(0)[1];
  d.parts = n.rank(0) == 3 ? n.shape(0)[2] : 1;
  if (!n.check(d.parts == 1 || (d.parts == 2 && !d.onesided),
               "the last dim needs to be 1, or 2 with onesided 0, but is " +
                   Twine(d.parts)) ||
      !n.check(d.length <= size, "a frame of " + Twine(d.length) +
                                     " does not fit a signal of " +
                                     Twine(size)) ||
      !n.reserve(d.coefficientBytes()))
    return llvm::failure();
  const int64_t frames = (size - d.length) / step + 1, bins = d.outputs();
  if (!n.checkShape({batch, frames, bins, 2}))
    return llvm::failure();

  Value signal = n.b.transpose(
      n.b.reshape(widen(n, n.input(0)), {batch, size, d.parts}), {0, 2, 1});
  Value filters =
      constantFloats(n, coefficients(d), {d.length, d.parts, bins * 2},
                     prim::elementOf(signal));
  filters = n.b.transpose(filters, {2, 1, 0});
  if (n.hasInput(2))
    filters =
        n.b.mul(filters, n.b.reshape(widen(n, n.input(2)), {1, 1, d.length}));
  Value sums = n.b.conv(signal, filters, {{step}, {0}, {0}, {1}, /*groups=*/1});
  Value y =
      n.b.transpose(n.b.reshape(sums, {batch, bins, 2, frames}), {0, 3, 1, 2});
  return n.result(n.b.cast(y, n.element(0)));
}

//===----------------------------------------------------------------------===//
// MelWeightMatrix
//===----------------------------------------------------------------------===//

static double melOf(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
static double hertzOf(double mel) {
  return 700 * (std::pow(10, mel / 2595) - 1);
}

/// Triangles over the bins of a spectrum, [bins, triangles]: corner i, i + 1
/// and i + 2 are where triangle i begins, is 1, and ends.
static std::vector<double> triangles(ArrayRef<int64_t> corners, int64_t bins) {
  const auto count = static_cast<int64_t>(corners.size()) - 2;
  std::vector<double> result(bins * count);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t low = corners[i], top = corners[i + 1], high = corners[i + 2];
    if (low == top)
      result[top * count + i] = 1;
    for (int64_t bin = low; low < top && bin <= top; ++bin)
      result[bin * count + i] =
          static_cast<double>(bin - low) / static_cast<double>(top - low);
    for (int64_t bin = top; bin < high; ++bin)
      result[bin * count + i] =
          static_cast<double>(high - bin) / static_cast<double>(high - top);
  }
  return result;
}

static LogicalResult importMelWeightMatrix(Node &n) {
  const int64_t count = n.intInput(0, "num_mel_bins");
  const int64_t length = n.failed() ? 0 : n.intInput(1, "dft_length");
  const int64_t rate = n.failed() ? 0 : n.intInput(2, "sample_rate");
  const double lower = n.failed() ? 0 : n.floatInput(3, "lower_edge_hertz");
  const double upper = n.failed() ? 0 : n.floatInput(4, "upper_edge_hertz");
  const std::optional<DType> type =
      dtypeOfOnnx(static_cast<int32_t>(n.intAttr("output_datatype", 1)));
  if (n.failed() || !checkLength(n, count, "num_mel_bins") ||
      !checkLength(n, length, "dft_length") ||
      !n.atLeast(rate, 1, "sample_rate") ||
      !n.check(type && *type != DType::boolean,
               "output_datatype needs to be a type of numbers") ||
      !n.check(lower >= 0 && lower <= upper && std::isfinite(upper),
               "lower_edge_hertz and upper_edge_hertz need to ascend from 0, "
               "but are " +
                   std::to_string(lower) + " and " + std::to_string(upper)))
    return llvm::failure();
  const int64_t bins = length / 2 + 1;
  if (!n.checkShape({bins, count}) || !n.reserve(bins * count * 8))
    return llvm::failure();
  const double first = melOf(lower);
  const double step = (melOf(upper) - first) / static_cast<double>(count + 2);
  SmallVector<int64_t> corners;
  for (int64_t i = 0; i < count + 2; ++i) {
    const double hertz = hertzOf(first + static_cast<double>(i) * step);
    corners.push_back(static_cast<int64_t>(std::floor(
        static_cast<double>(length + 1) * hertz / static_cast<double>(rate))));
  }
  if (!n.check(corners.back() < bins,
               "a frequency of " + std::to_string(upper) +
                   " is not in a spectrum of " + Twine(bins) +
                   " bins at sample_rate " + Twine(rate)))
    return llvm::failure();
  Value matrix = constantFloats(n, triangles(corners, bins), {bins, count},
                                n.b.builder.getF64Type());
  return n.result(
      n.b.cast(matrix, prim::elementType(n.b.builder.getContext(), *type)));
}

ArrayRef<OpRow> importer::signalRows() {
  static constexpr OpRow rows[] = {
      {"DFT",
       17,
       {1, 2},
       importDft,
       "length and axis are known at compile time"},
      {"DFT",
       20,
       {1, 3},
       importDft,
       "length and axis are known at compile time"},
      {"MelWeightMatrix", 17, 5, importMelWeightMatrix,
       "the inputs are known at compile time"},
      {"STFT",
       17,
       {2, 4},
       importStft,
       "step and length are known at compile time"},
  };
  return rows;
}
