// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RoiAlign: pools regions of images whose edges lie between elements.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Index.h"
#include "core/importer/onnx/ops/Sampling.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

namespace {

/// How the regions are cut into bins and the bins are sampled.
struct Bins {
  int64_t height = 1, width = 1; ///< Bins per region.
  int64_t samples = 0;           ///< Per bin and axis.
  double scale = 1;              ///< From regions to elements.
  bool halfPixel = true;
  bool isMax = false;
};

} // namespace

/// The two elements around \p x. What is further than one element away from
/// the image counts as 0; the rest of the border repeats its last element.
static SmallVector<Tap> borderTaps(ScalarBuilder &s, Value x, int64_t size) {
  const Type type = x.getType();
  auto number = [&](double value) { return s.number(value, type); };
  Value last = number(static_cast<double>(size - 1));
  Value near =
      s.op(K::bit_and, {s.op(K::ge, {x, number(-1)}),
                        s.op(K::le, {x, number(static_cast<double>(size))})});
  Value counts = s.cast(near, type);
  Value inside = s.min(s.max(x, number(0)), last);
  Value low = s.op(K::floor, inside), rest = s.sub(inside, low);
  return {{s.mul(s.sub(number(1), rest), counts), low},
          {s.mul(rest, counts), s.min(s.add(low, number(1)), last)}};
}

/// The coordinates of all samples along one axis: [R, bins, samples] with
/// further dims of 1, placed from dim \p dim on in six dims. \p begin and
/// \p end are columns of the regions.
static Value samplesAlong(Node &n, const Bins &bins, int64_t begin, int64_t end,
                          int64_t count, int64_t dim) {
  const int64_t regions = n.shape(1)[0];
  auto column = [&](int64_t i) {
    Value cut = n.b.slice(n.input(1), {0, i}, {regions, 1}, {1, 1});
    return n.b.reshape(widen(n, cut), {regions, 1, 1, 1, 1, 1});
  };
  return n.b.map(
      {column(begin), column(end), iota(n, 6, dim, count),
       iota(n, 6, dim + 1, bins.samples)},
      [&](ScalarBuilder &s, ValueRange v) {
        const Type type = v[0].getType();
        auto number = [&](double value) { return s.number(value, type); };
        auto scaled = [&](Value edge) {
          return s.sub(s.mul(edge, number(bins.scale)),
                       number(bins.halfPixel ? 0.5 : 0));
        };
        Value start = scaled(v[0]), length = s.sub(scaled(v[1]), start);
        if (!bins.halfPixel)
          length = s.max(length, number(1));
        Value bin = s.div(length, number(static_cast<double>(count)));
        Value within = s.div(s.mul(s.add(s.cast(v[3], type), number(0.5)), bin),
                             number(static_cast<double>(bins.samples)));
        return s.add(s.add(start, s.mul(s.cast(v[2], type), bin)), within);
      });
}

static bool readBins(Node &n, Bins &bins) {
  const std::string mode = n.stringAttr("mode", "avg");
  const std::string transformation =
      n.opset() < 16
          ? "output_half_pixel"
          : n.stringAttr("coordinate_transformation_mode", "half_pixel");
  bins.height = n.intAttr("output_height", 1);
  bins.width = n.intAttr("output_width", 1);
  bins.samples = n.intAttr("sampling_ratio", 0);
  bins.scale = n.floatAttr("spatial_scale", 1);
  bins.isMax = mode == "max";
  bins.halfPixel = transformation == "half_pixel";
  if (!n.check(mode == "avg" || mode == "max",
               "mode needs to be avg or max, but got '" + mode + "'") ||
      !n.check(bins.halfPixel || transformation == "output_half_pixel",
               "coordinate_transformation_mode needs to be half_pixel or "
               "output_half_pixel, but got '" +
                   transformation + "'") ||
      !n.atLeast(bins.height, 1, "output_height") ||
      !n.atLeast(bins.width, 1, "output_width") ||
      !n.atLeast(bins.samples, 0, "sampling_ratio") ||
      !n.check(std::isfinite(bins.scale), "spatial_scale needs to be finite"))
    return false;
  if (bins.samples >= 1)
    return true;
  (void)n.unsupported("sampling_ratio 0 is not supported, since the number of "
                      "samples then depends on the sizes of the regions; it "
                      "is supported from 1 on");
  return false;
}

static LogicalResult importRoiAlign(Node &n) {
  Bins bins;
  if (!readBins(n, bins) || !n.isFloat(0) || !n.sameType(0, 1) ||
      !n.checkRank(0, 4, 4) || !isIndex(n, 2))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0), regions = n.shape(1);
  if (!n.check(regions.size() == 2 && regions[1] == 4 &&
                   n.shape(2) == ArrayRef<int64_t>{regions[0]},
               "rois and batch_indices need shapes [R, 4] and [R], but have " +
                   shapeString(regions) + " and " + shapeString(n.shape(2))) ||
      !n.atLeast(in[0], 1, "dim 0 of input 0") ||
      !n.atLeast(in[2], 1, "dim 2 of input 0") ||
      !n.atLeast(in[3], 1, "dim 3 of input 0") ||
      !n.checkShape({regions[0], bins.height, bins.samples, bins.width,
                     bins.samples, in[1]}))
    return llvm::failure();
  // Dims of the places: region, bin and sample down, bin and sample across.
  Value down = samplesAlong(n, bins, 1, 3, bins.height, 1);
  Value across = samplesAlong(n, bins, 0, 2, bins.width, 3);
  Value image = n.b.reshape(n.b.cast(n.input(2), n.b.builder.getI64Type()),
                            {regions[0], 1, 1, 1, 1, 1});
  const ReduceKind kind = bins.isMax ? ReduceKind::max : ReduceKind::sum;
  Value read = sample(
      n, imagesOf(n, n.input(0)), {down, across}, image, 2,
      [&](ScalarBuilder &s, size_t axis, Value x) {
        return borderTaps(s, x, in[2 + axis]);
      },
      kind);
  Value pooled =
      bins.isMax ? n.b.reduce(kind, read, {2, 4}) : meanOver(n, read, {2, 4});
  Value result = n.b.transpose(dropDims(n, pooled, {2, 4}), {0, 3, 1, 2});
  return n.result(n.b.cast(result, n.element(0)));
}

ArrayRef<OpRow> importer::roiAlignRows() {
  static constexpr OpRow rows[] = {
      {"RoiAlign", 10, 3, importRoiAlign, "sampling_ratio from 1 on"},
  };
  return rows;
}
