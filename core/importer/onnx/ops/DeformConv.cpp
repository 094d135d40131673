// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// DeformConv: a convolution whose input elements are moved by offsets.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Conv.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Sampling.h"
#include "core/semantics/Shapes.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {

enum Input : unsigned { image, weights, offsets, bias, mask };

/// The sizes of one node.
struct DeformConv {
  prim::ConvAttributes conv;
  int64_t offsetGroups = 1;
  Shape kernel, out; ///< Down and across.
  int64_t taps() const { return kernel[0] * kernel[1]; }
};

} // namespace

static bool readDeformConv(Node &n, DeformConv &d) {
  d.offsetGroups = n.intAttr("offset_group", 1);
  if (!n.isFloat(image) || !n.checkRank(image, 3))
    return false;
  if (n.rank(image) != 4) {
    (void)n.unsupported("rank " + Twine(n.rank(image)) +
                        " is not supported; it is supported for images of "
                        "rank 4");
    return false;
  }
  for (unsigned i : {weights, offsets, bias, mask})
    if (n.hasInput(i) && !n.sameType(image, i))
      return false;
  const auto conv = readConv(n, n.shape(image), n.shape(weights));
  if (!conv)
    return false;
  d.conv = *conv;
  d.kernel = Shape(n.shape(weights).drop_front(2));
  ArrayRef<int64_t> in = n.shape(image);
  for (size_t i = 0; i < 2; ++i) {
    if (!n.atLeast(in[2 + i], 1, "dim " + Twine(2 + i) + " of input 0"))
      return false;
    d.out.push_back(*shapes::windowed(in[2 + i], d.kernel[i], d.conv.strides[i],
                                      d.conv.padsLow[i], d.conv.padsHigh[i],
                                      d.conv.dilations[i]));
  }
  if (!n.atLeast(d.offsetGroups, 1, "offset_group") ||
      !n.check(in[1] % d.offsetGroups == 0,
               Twine(d.offsetGroups) + " offset groups do not divide " +
                   Twine(in[1]) + " channels"))
    return false;
  auto checkPerTap = [&](unsigned i, int64_t entries, StringRef name) {
    const Shape shape{in[0], d.offsetGroups * d.taps() * entries, d.out[0],
                      d.out[1]};
    return !n.hasInput(i) ||
           n.check(n.shape(i) == ArrayRef<int64_t>(shape),
                   "input " + Twine(i) + " (" + name + ") needs shape " +
                       shapeString(shape) + ", but has " +
                       shapeString(n.shape(i)));
  };
  const int64_t channels = n.shape(weights)[0];
  return checkPerTap(offsets, 2, "offset") && checkPerTap(mask, 1, "mask") &&
         (!n.hasInput(bias) ||
          n.check(n.shape(bias) == ArrayRef<int64_t>{channels},
                  "input 3 (B) needs shape [" + Twine(channels) +
                      "], but has " + shapeString(n.shape(bias)))) &&
         n.checkShape({in[0], in[1], d.taps(), d.out[0], d.out[1]});
}

/// Where the taps read along \p axis, without the offsets: [1, 1, taps, out] as
/// it fits [N, groups, taps, down, across, 1].
static Value places(Node &n, const DeformConv &d, size_t axis) {
  SmallVector<int64_t> inKernel;
  for (int64_t tap = 0; tap < d.taps(); ++tap)
    inKernel.push_back((axis == 0 ? tap / d.kernel[1] : tap % d.kernel[1]) *
                           d.conv.dilations[axis] -
                       d.conv.padsLow[axis]);
  const auto dim = static_cast<int64_t>(3 + axis);
  return n.b.map({n.indices(inKernel, onesBut(6, 2, d.taps())),
                  iota(n, 6, dim, d.out[axis])},
                 [&](ScalarBuilder &s, ValueRange v) {
                   Value stride =
                       s.number(d.conv.strides[axis], v[1].getType());
                   return s.add(v[0], s.mul(v[1], stride));
                 });
}

/// The coordinates along \p axis: [N, groups, taps, down, across, 1].
static Value movedPlaces(Node &n, const DeformConv &d, size_t axis) {
  const int64_t batch = n.shape(image)[0], groups = d.offsetGroups;
  Value all = n.b.reshape(n.input(offsets),
                          {batch, groups, d.taps(), 2, d.out[0], d.out[1]});
  Value part =
      n.b.slice(all, {0, 0, 0, static_cast<int64_t>(axis), 0, 0},
                {batch, groups, d.taps(), 1, d.out[0], d.out[1]}, Shape(6, 1));
  Value moved =
      n.b.reshape(part, {batch, groups, d.taps(), d.out[0], d.out[1], 1});
  return n.b.map({widen(n, moved), places(n, d, axis)},
                 [](ScalarBuilder &s, ValueRange v) {
                   return s.add(v[0], s.cast(v[1], v[0].getType()));
                 });
}

static LogicalResult importDeformConv(Node &n) {
  DeformConv d;
  if (!readDeformConv(n, d))
    return llvm::failure();
  const Shape in(n.shape(image)), matrix(n.shape(weights));
  const int64_t batch = in[0], groups = d.offsetGroups;
  const int64_t spatial = d.out[0] * d.out[1];

  // The channels of an offset group move together: each is an image.
  Value split = n.b.reshape(n.input(image),
                            {batch * groups, in[1] / groups, in[2], in[3]});
  Value number =
      n.b.reshape(iota(n, 1, 0, batch * groups), {batch, groups, 1, 1, 1, 1});
  Value read = sample(
      n, imagesOf(n, split), {movedPlaces(n, d, 0), movedPlaces(n, d, 1)},
      number, 2, [&](ScalarBuilder &s, size_t axis, Value x) {
        SmallVector<Tap> taps = linearTaps(s, x);
        for (Tap &tap : taps)
          tap.weight =
              s.mul(tap.weight, isWithin(s, tap.position, in[2 + axis]));
        return taps;
      });
  if (n.hasInput(mask)) {
    Value factor = n.b.reshape(
        n.input(mask), {batch, groups, d.taps(), d.out[0], d.out[1], 1});
    read = n.b.mul(read, widen(n, factor));
  }
  // What is left is a product of weights and columns of taps.
  Value columns =
      n.b.reshape(n.b.transpose(read, {0, 1, 5, 2, 3, 4}),
                  {batch, d.conv.groups, matrix[1] * d.taps(), spatial});
  Value rows = n.b.reshape(
      widen(n, n.input(weights)),
      {1, d.conv.groups, matrix[0] / d.conv.groups, matrix[1] * d.taps()});
  Value result = n.b.reshape(n.b.matmul(rows, columns),
                             {batch, matrix[0], d.out[0], d.out[1]});
  if (n.hasInput(bias))
    result = n.b.add(result, widen(n, alongChannels(n, n.input(bias), 4)));
  return n.result(n.b.cast(result, n.element(image)));
}

ArrayRef<OpRow> importer::deformConvRows() {
  static constexpr OpRow rows[] = {
      {"DeformConv", 19, {3, 5}, importDeformConv, "rank 4"},
  };
  return rows;
}
