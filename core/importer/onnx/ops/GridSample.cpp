// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// GridSample: reads images at given places.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Sampling.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

namespace {

enum class Padding { zeros, border, reflection };

/// One axis of the image.
struct Axis {
  int64_t size = 0;
  bool alignCorners = false;
  Padding padding = Padding::zeros;
};

} // namespace

static Value number(ScalarBuilder &s, double value, Value like) {
  return s.number(value, like.getType());
}

/// From -1 .. 1 to elements.
static Value unnormalise(ScalarBuilder &s, Value x, const Axis &axis) {
  const auto size = static_cast<double>(axis.size);
  Value shifted = s.add(x, number(s, 1, x));
  if (axis.alignCorners)
    return s.mul(shifted, number(s, (size - 1) / 2, x));
  Value scaled = s.mul(shifted, number(s, size, x));
  return s.mul(s.sub(scaled, number(s, 1, x)), number(s, 0.5, x));
}

/// Brings a position that is off the image back to it, as the padding says.
static Value bringBack(ScalarBuilder &s, Value x, const Axis &axis) {
  const auto size = static_cast<double>(axis.size);
  if (axis.padding == Padding::border)
    return s.min(s.max(x, number(s, 0, x)), number(s, size - 1, x));
  if (axis.padding == Padding::zeros)
    return x;
  // Reflects at the outer elements' centres or at their outer edges.
  const double low = axis.alignCorners ? 0 : -0.5;
  const double range = axis.alignCorners ? size - 1 : size;
  if (range == 0)
    return number(s, 0, x);
  Value distance = s.op(K::abs, s.sub(x, number(s, low, x)));
  Value turns = s.op(K::floor, s.div(distance, number(s, range, x)));
  Value rest = s.sub(distance, s.mul(turns, number(s, range, x)));
  Value half = s.div(turns, number(s, 2, x));
  Value isEven = s.op(K::eq, {s.op(K::floor, half), half});
  return s.select(isEven, s.add(rest, number(s, low, x)),
                  s.sub(number(s, range + low, x), rest));
}

/// The four weights of the cubic with a = -0.75, at distance \p t from the
/// second element.
static SmallVector<Value> cubicWeights(ScalarBuilder &s, Value t) {
  constexpr double a = -0.75;
  auto near = [&](Value d) { // up to 1 away
    Value inner = s.sub(s.mul(d, number(s, a + 2, d)), number(s, a + 3, d));
    return s.add(s.mul(s.mul(inner, d), d), number(s, 1, d));
  };
  auto far = [&](Value d) { // from 1 to 2 away
    Value first = s.sub(s.mul(d, number(s, a, d)), number(s, 5 * a, d));
    Value second = s.add(s.mul(first, d), number(s, 8 * a, d));
    return s.sub(s.mul(second, d), number(s, 4 * a, d));
  };
  Value one = number(s, 1, t), two = number(s, 2, t);
  return {far(s.add(t, one)), near(t), near(s.sub(one, t)), far(s.sub(two, t))};
}

static SmallVector<Tap> tapsOf(ScalarBuilder &s, Value x, const Axis &axis,
                               StringRef mode) {
  x = unnormalise(s, x, axis);
  // The cubic brings back each of its elements, the others the place itself.
  if (mode != "cubic")
    x = bringBack(s, x, axis);
  if (mode == "nearest")
    return {{number(s, 1, x), s.op(K::round_even, x)}};
  if (mode == "linear")
    return linearTaps(s, x);
  Value base = s.op(K::floor, x);
  Value t = s.sub(x, base);
  SmallVector<Tap> taps;
  for (auto [i, weight] : llvm::enumerate(cubicWeights(s, t))) {
    Value place = s.add(base, number(s, static_cast<double>(i) - 1, x));
    taps.push_back({weight, bringBack(s, place, axis)});
  }
  return taps;
}

/// Coordinate \p i of all places: [N, places.., 1].
static Value coordinate(Node &n, int64_t i) {
  Shape sizes(n.shape(1)), starts(sizes.size(), 0);
  starts.back() = i;
  sizes.back() = 1;
  Value cut = n.b.slice(n.input(1), starts, sizes, Shape(sizes.size(), 1));
  return widen(n, cut);
}

static bool readOptions(Node &n, std::string &mode, Axis &axis) {
  mode = n.stringAttr("mode", n.opset() < 20 ? "bilinear" : "linear");
  const std::string padding = n.stringAttr("padding_mode", "zeros");
  axis.alignCorners = n.flagAttr("align_corners");
  if (n.opset() < 20 && mode.substr(0, 2) == "bi")
    mode = mode.substr(2);
  axis.padding = padding == "border"       ? Padding::border
                 : padding == "reflection" ? Padding::reflection
                                           : Padding::zeros;
  return n.check(mode == "linear" || mode == "nearest" || mode == "cubic",
                 "attribute 'mode' needs to be (bi)linear, nearest or "
                 "(bi)cubic, but got '" +
                     mode + "'") &&
         n.check(padding == "zeros" || padding == "border" ||
                     padding == "reflection",
                 "attribute 'padding_mode' needs to be zeros, border or "
                 "reflection, but got '" +
                     padding + "'");
}

static LogicalResult importGridSample(Node &n) {
  std::string mode;
  Axis options;
  if (!readOptions(n, mode, options) || !n.isFloat(0) || !n.isFloat(1) ||
      !n.checkRank(0, 3))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0), grid = n.shape(1);
  const auto axes = static_cast<int64_t>(in.size()) - 2;
  if (axes < 2 || axes > 3 || (axes == 3 && mode == "cubic"))
    return n.unsupported("mode " + mode + " for rank " + Twine(n.rank(0)) +
                         " is not supported; it is supported for rank 4, and "
                         "linear and nearest for rank 5");
  Shape shape{in[0], in[1]};
  if (grid.size() == in.size())
    llvm::append_range(shape, grid.slice(1, axes));
  if (!n.check(grid.size() == in.size() && grid[0] == in[0] &&
                   grid.back() == axes,
               "grid of shape " + shapeString(grid) + " does not fit input " +
                   shapeString(in)) ||
      !n.checkShape(shape))
    return llvm::failure();
  // The grid names the last axis first.
  SmallVector<Value> coordinates;
  for (int64_t i = 0; i < axes; ++i) {
    if (!n.atLeast(in[2 + i], 1, "dim " + Twine(2 + i) + " of input 0"))
      return llvm::failure();
    coordinates.push_back(coordinate(n, axes - 1 - i));
  }
  const size_t along = mode == "cubic" ? 4 : mode == "linear" ? 2 : 1;
  Value read = sample(
      n, imagesOf(n, n.input(0)), coordinates, iota(n, n.rank(1), 0, in[0]),
      along, [&](ScalarBuilder &s, size_t i, Value x) {
        Axis axis = options;
        axis.size = in[2 + i];
        SmallVector<Tap> taps = tapsOf(s, x, axis, mode);
        // Without padding, only elements of the image count.
        if (axis.padding == Padding::zeros)
          for (Tap &tap : taps)
            tap.weight =
                s.mul(tap.weight, isWithin(s, tap.position, axis.size));
        return taps;
      });
  Shape order = iotaDims(n.rank(0));
  std::rotate(order.begin() + 1, order.end() - 1, order.end());
  return n.result(n.b.cast(n.b.transpose(read, order), n.element(0)));
}

ArrayRef<OpRow> importer::gridSampleRows() {
  static constexpr OpRow rows[] = {
      {"GridSample", 16, 2, importGridSample, "rank 4; rank 5 without cubic"},
  };
  return rows;
}
