// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// GridSample over images: reads an image at given places.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"

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

/// The elements that one place is made of, along one axis: weights of type
/// float, and positions that are whole numbers.
struct Tap {
  Value weight, position;
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
  Value base = s.op(K::floor, x);
  Value t = s.sub(x, base);
  if (mode == "linear")
    return {{s.sub(number(s, 1, t), t), base},
            {t, s.add(base, number(s, 1, x))}};
  SmallVector<Tap> taps;
  for (auto [i, weight] : llvm::enumerate(cubicWeights(s, t))) {
    Value place = s.add(base, number(s, static_cast<double>(i) - 1, x));
    taps.push_back({weight, bringBack(s, place, axis)});
  }
  return taps;
}

/// Whether a position counts, as 0 or 1: with zeros around the image only
/// positions on it count; else all do, at the nearest element.
static Value onImage(ScalarBuilder &s, Value x, const Axis &axis) {
  if (axis.padding != Padding::zeros)
    return number(s, 1, x);
  Value after = s.op(K::ge, {x, number(s, 0, x)});
  Value before =
      s.op(K::le, {x, number(s, static_cast<double>(axis.size) - 1, x)});
  return s.cast(s.op(K::bit_and, {after, before}), x.getType());
}

/// A whole number within the image, whatever \p x is.
static Value toIndex(ScalarBuilder &s, Value x, const Axis &axis) {
  Value inside = s.min(s.max(x, number(s, 0, x)),
                       number(s, static_cast<double>(axis.size) - 1, x));
  return s.cast(inside, s.builder.getI64Type());
}

/// Coordinate \p i of all places: [N, H, W, 1].
static Value coordinate(Node &n, int64_t i) {
  Shape sizes(n.shape(1));
  sizes[3] = 1;
  Value cut = n.b.slice(n.input(1), {0, 0, 0, i}, sizes, Shape(4, 1));
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
  Axis across;
  if (!readOptions(n, mode, across) || !n.isFloat(0) || !n.isFloat(1) ||
      !n.checkRank(0, 3))
    return llvm::failure();
  if (n.rank(0) != 4)
    return n.unsupported("rank " + Twine(n.rank(0)) +
                         " is not supported; it is supported for images of "
                         "rank 4");
  ArrayRef<int64_t> in = n.shape(0), grid = n.shape(1);
  if (!n.check(grid.size() == 4 && grid[0] == in[0] && grid[3] == 2,
               "grid of shape " + shapeString(grid) + " does not fit input " +
                   shapeString(in)) ||
      !n.atLeast(in[2], 1, "dim 2 of input 0") ||
      !n.atLeast(in[3], 1, "dim 3 of input 0") ||
      !n.checkShape({in[0], in[1], grid[1], grid[2]}))
    return llvm::failure();
  Axis down = across;
  across.size = in[3];
  down.size = in[2];

  // Pixels as rows of channels, so that a place takes them all at once.
  Value pixels = n.b.reshape(n.b.transpose(n.input(0), {0, 2, 3, 1}),
                             {in[0] * in[2] * in[3], in[1]});
  const Shape places{in[0], grid[1], grid[2], 1};
  const SmallVector<Value> operands{coordinate(n, 0), coordinate(n, 1),
                                    iota(n, 4, 0, in[0])};
  const size_t along = mode == "cubic" ? 4 : mode == "linear" ? 2 : 1;
  Value sum;
  for (size_t i = 0; i < along * along; ++i) {
    auto taps = [&](ScalarBuilder &s, ValueRange v) {
      return std::pair(tapsOf(s, v[0], across, mode)[i % along],
                       tapsOf(s, v[1], down, mode)[i / along]);
    };
    Value weight = n.b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
      auto [x, y] = taps(s, v);
      Value product = s.mul(x.weight, y.weight);
      return s.mul(product, s.mul(onImage(s, x.position, across),
                                  onImage(s, y.position, down)));
    });
    Value index = n.b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
      auto [x, y] = taps(s, v);
      auto times = [&](Value value, int64_t factor) {
        return s.mul(value, s.number(factor, value.getType()));
      };
      Value row = s.add(times(v[2], in[2]), toIndex(s, y.position, down));
      return s.add(times(row, in[3]), toIndex(s, x.position, across));
    });
    Value read =
        n.b.gather(pixels, n.b.reshape(index, ArrayRef(places).drop_back()), 0);
    SmallVector<Value> terms{read, weight};
    if (sum)
      terms.push_back(sum);
    sum = n.b.map(terms, [&](ScalarBuilder &s, ValueRange v) {
      Value term = s.mul(s.cast(v[0], v[1].getType()), v[1]);
      return v.size() == 3 ? s.add(v[2], term) : term;
    });
  }
  return n.result(n.b.cast(n.b.transpose(sum, {0, 3, 1, 2}), n.element(0)));
}

ArrayRef<OpRow> importer::gridSampleRows() {
  static constexpr OpRow rows[] = {
      {"GridSample", 16, 2, importGridSample, "rank 4"},
  };
  return rows;
}
