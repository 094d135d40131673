// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators on images that are neither convolutions nor pools: AffineGrid,
// CenterCropPad, Col2Im.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Spatial.h"
#include "core/semantics/Shapes.h"

using namespace glowplug;
using namespace glowplug::importer;

//===----------------------------------------------------------------------===//
// AffineGrid
//===----------------------------------------------------------------------===//

/// Positions from -1 to 1 along an axis of \p size elements, in dim \p dim of
/// \p rank.
static Value gridAxis(Node &n, int64_t rank, int64_t dim, int64_t size,
                      bool alignCorners, Type type) {
  return n.b.map(iota(n, rank, dim, size), [&](ScalarBuilder &s, ValueRange v) {
    auto number = [&](double value) { return s.number(value, type); };
    const auto count = static_cast<double>(size);
    // Centres of the outer elements, or their outer edges, are at -1 and 1.
    const double step = 2 / (alignCorners ? std::max(count - 1, 1.0) : count);
    const double first = alignCorners ? -1 : step / 2 - 1;
    return s.add(s.mul(s.cast(v[0], type), number(step)), number(first));
  });
}

static LogicalResult importAffineGrid(Node &n) {
  const bool alignCorners = n.flagAttr("align_corners");
  const SmallVector<int64_t> size = n.intsInput(1, "size");
  if (n.failed() || !n.isFloat(0) ||
      !n.check(size.size() == 4 || size.size() == 5,
               "size needs 4 or 5 entries, but has " + Twine(size.size())))
    return llvm::failure();
  const auto axes = static_cast<int64_t>(size.size()) - 2;
  Shape shape{size[0]};
  llvm::append_range(shape, ArrayRef<int64_t>(size).drop_front(2));
  shape.push_back(axes);
  const Shape matrix{size[0], axes, axes + 1};
  if (!n.check(n.shape(0) == ArrayRef<int64_t>(matrix),
               "theta needs shape " + shapeString(matrix) + ", but has " +
                   shapeString(n.shape(0))) ||
      !n.checkShape(shape))
    return llvm::failure();
  const int64_t rank = axes + 2;
  Value theta = widen(n, n.input(0));
  const Type type = prim::elementOf(theta);
  // Column by column: that of axis x first, then y, z and the shift.
  auto column = [&](int64_t i) {
    Value cut = n.b.slice(theta, {0, 0, i}, {size[0], axes, 1}, {1, 1, 1});
    Shape aligned(rank, 1);
    aligned.front() = size[0];
    aligned.back() = axes;
    return n.b.reshape(cut, aligned);
  };
  Value sum = column(axes);
  for (int64_t i = 0; i < axes; ++i) {
    const int64_t dim = axes - i;
    Value places = gridAxis(n, rank, dim, shape[dim], alignCorners, type);
    sum = n.b.map({column(i), places, sum}, [](ScalarBuilder &s, ValueRange v) {
      return s.add(s.mul(v[0], v[1]), v[2]);
    });
  }
  return n.result(n.b.cast(sum, n.element(0)));
}

//===----------------------------------------------------------------------===//
// CenterCropPad
//===----------------------------------------------------------------------===//

static LogicalResult importCenterCropPad(Node &n) {
  const SmallVector<int64_t> sizes = n.intsInput(1, "shape");
  const int64_t rank = n.rank(0);
  SmallVector<int64_t> axes = iotaDims(rank);
  if (auto given = n.intsAttr("axes")) {
    (void)n.axes(*given, rank);
    axes.clear();
    for (int64_t axis : *given)
      axes.push_back(axis < 0 ? axis + rank : axis);
  }
  if (n.failed() || !n.check(axes.size() == sizes.size(),
                             "shape needs " + Twine(axes.size()) +
                                 " entries, but has " + Twine(sizes.size())))
    return llvm::failure();
  const Shape none(rank, 0);
  Shape starts(none), low(none), high(none), kept(n.shape(0)), shape(kept);
  for (auto [axis, size] : llvm::zip_equal(axes, sizes)) {
    if (!n.atLeast(size, 0, "an entry of shape"))
      return llvm::failure();
    shape[axis] = size;
    const int64_t more = size - kept[axis];
    if (more >= 0) {
      low[axis] = more / 2;
      high[axis] = more - low[axis];
    } else {
      starts[axis] = -more / 2;
      kept[axis] = size;
    }
  }
  if (!n.checkShape(shape))
    return llvm::failure();
  Value cut = n.b.slice(n.input(0), starts, kept, Shape(rank, 1));
  return n.result(
      n.b.pad(cut, n.b.splat(int64_t{0}, n.element(0)), low, high, none));
}

//===----------------------------------------------------------------------===//
// Col2Im
//===----------------------------------------------------------------------===//

namespace {

/// Blocks that slide over an image, per spatial dim.
struct Blocks {
  Shape image, block, strides, dilations, pads, counts;
};

} // namespace

static bool readBlocks(Node &n, Blocks &blocks) {
  blocks.image = Shape(n.intsInput(1, "image_shape"));
  blocks.block = Shape(n.intsInput(2, "block_shape"));
  const size_t rank = blocks.image.size();
  if (n.failed() ||
      !n.check(rank >= 1 && rank <= 6 && blocks.block.size() == rank,
               "image_shape and block_shape need one length of 1 to 6, but "
               "have " +
                   Twine(rank) + " and " + Twine(blocks.block.size())))
    return false;
  blocks.strides = readSizes(n, "strides", rank, 1, 1);
  blocks.dilations = readSizes(n, "dilations", rank, 1, 1);
  blocks.pads = readSizes(n, "pads", 2 * rank, 0, 0);
  if (n.failed() || !n.checkShape(blocks.image) || !n.checkShape(blocks.block))
    return false;
  for (size_t i = 0; i < rank; ++i) {
    const int64_t count =
        blocks.block[i] < 1
            ? -1
            : shapes::windowed(blocks.image[i], blocks.block[i],
                               blocks.strides[i], blocks.pads[i],
                               blocks.pads[rank + i], blocks.dilations[i])
                  .value_or(-1);
    if (!n.check(count >= 1, "a block of " + Twine(blocks.block[i]) +
                                 " does not fit dim " + Twine(i) +
                                 " of the image, " + Twine(blocks.image[i])))
      return false;
    blocks.counts.push_back(count);
  }
  return true;
}

/// The row-major coordinates of element \p index of \p shape.
static Shape coordinatesOf(int64_t index, ArrayRef<int64_t> shape) {
  Shape result(shape.size());
  for (size_t i = shape.size(); i-- > 0; index /= shape[i])
    result[i] = index % shape[i];
  return result;
}

/// For each element of the block, and then each block, the element of the
/// image that it is added to; -1 where that is a pad.
static SmallVector<int64_t> targetsOf(const Blocks &blocks) {
  SmallVector<int64_t> targets;
  const int64_t elements = product(blocks.block),
                count = product(blocks.counts);
  for (int64_t element = 0; element < elements; ++element) {
    const Shape within = coordinatesOf(element, blocks.block);
    for (int64_t block = 0; block < count; ++block) {
      const Shape at = coordinatesOf(block, blocks.counts);
      int64_t target = 0;
      for (size_t i = 0; i < at.size(); ++i) {
        const int64_t place = at[i] * blocks.strides[i] - blocks.pads[i] +
                              within[i] * blocks.dilations[i];
        const bool inside = place >= 0 && place < blocks.image[i];
        target = inside && target >= 0 ? target * blocks.image[i] + place : -1;
      }
      targets.push_back(target);
    }
  }
  return targets;
}

static LogicalResult importCol2Im(Node &n) {
  Blocks blocks;
  if (!n.checkRank(0, 3, 3) || !readBlocks(n, blocks))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0);
  const int64_t elements = product(blocks.block),
                count = product(blocks.counts);
  if (!n.check(n.dtype(0) != DType::boolean, "input 0 needs to hold numbers") ||
      !n.check(in[1] % elements == 0 && in[2] == count,
               "input of shape " + shapeString(in) +
                   " does not hold blocks of " + Twine(elements) +
                   " elements at " + Twine(count) + " places") ||
      !n.reserve(elements * count * 8))
    return llvm::failure();
  const int64_t channels = in[1] / elements;
  Shape shape{in[0], channels};
  llvm::append_range(shape, blocks.image);
  if (!n.checkShape(shape))
    return llvm::failure();
  // Rows of one element of the image in all channels of the batch.
  const int64_t planes = in[0] * channels, pixels = product(blocks.image);
  Value updates = n.b.reshape(
      n.b.transpose(n.b.reshape(n.input(0), {planes, elements * count}),
                    {1, 0}),
      {elements * count, planes});
  Value zeros = n.b.splat(int64_t{0}, n.element(0), {pixels, planes});
  Value sums = n.b.scatter(prim::ScatterKind::add, zeros,
                           n.indices(targetsOf(blocks)), updates);
  return n.result(n.b.reshape(n.b.transpose(sums, {1, 0}), shape));
}

ArrayRef<OpRow> importer::visionRows() {
  static constexpr OpRow rows[] = {
      {"AffineGrid", 20, 2, importAffineGrid,
       "the size is known at compile time"},
      {"CenterCropPad", 18, 2, importCenterCropPad,
       "the shape is known at compile time"},
      {"Col2Im", 18, 3, importCol2Im, "the shapes are known at compile time"},
  };
  return rows;
}
