// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts multiply-adds.

#include "core/conformance/timing/Work.h"

#include "core/image/Types.h"

namespace glowplug::conformance {

using image::Attributes;
using Longs = llvm::ArrayRef<int64_t>;

static Longs shapeOf(const image::Body &body, uint32_t value) {
  return arrayOf(body.values()->Get(value)->shape());
}

/// The value that stands before an epilogue has the shape of the result.
static Longs resultShape(const image::Body &body, const image::Op &op) {
  return shapeOf(body, op.results()->Get(0));
}

static uint64_t productOf(Longs sizes) {
  uint64_t product = 1;
  for (int64_t size : sizes)
    product *= static_cast<uint64_t>(size);
  return product;
}

static MacBounds matMulBounds(const image::Body &body, const image::Op &op) {
  const auto depth =
      static_cast<uint64_t>(shapeOf(body, op.operands()->Get(0)).back());
  const uint64_t count = productOf(resultShape(body, op)) * depth;
  return {count, count};
}

static int64_t entryOf(Longs list, size_t index, int64_t otherwise) {
  return index < list.size() ? list[index] : otherwise;
}

static MacBounds convBounds(const image::Body &body, const image::Op &op) {
  const image::Conv &conv = *op.attributes_as_Conv();
  const Longs input = shapeOf(body, op.operands()->Get(0));
  const Longs weights = shapeOf(body, op.operands()->Get(1));
  const Longs result = resultShape(body, op);
  // Weights are O, I / groups, spatial; the others N, C, spatial.
  MacBounds bounds;
  bounds.most = productOf(result) * productOf(weights.drop_front(1));
  bounds.least =
      productOf(result.take_front(2)) * static_cast<uint64_t>(weights[1]);
  for (size_t dim = 2; dim < result.size(); ++dim) {
    const size_t i = dim - 2;
    const int64_t stride = entryOf(arrayOf(conv.strides()), i, 1);
    const int64_t dilation = entryOf(arrayOf(conv.dilations()), i, 1);
    const int64_t low = entryOf(arrayOf(conv.pads_low()), i, 0);
    uint64_t taps = 0; // that meet an element, over all places of the window
    for (int64_t at = 0; at < result[dim]; ++at)
      for (int64_t tap = 0; tap < weights[dim]; ++tap) {
        const int64_t from = at * stride + tap * dilation - low;
        taps += from >= 0 && from < input[dim];
      }
    bounds.least *= taps;
  }
  return bounds;
}

std::optional<MacBounds> macBoundsOf(const image::Program &program) {
  const image::Body &body = *program.body();
  MacBounds sum;
  for (uint32_t i = 0; body.ops() && i < body.ops()->size(); ++i) {
    const image::Op &op = *body.ops()->Get(i);
    MacBounds bounds;
    switch (op.attributes_type()) {
    case Attributes::MatMul:
      bounds = matMulBounds(body, op);
      break;
    case Attributes::Conv:
      bounds = convBounds(body, op);
      break;
    case Attributes::Constant:
    case Attributes::Map:
    case Attributes::Transpose:
    case Attributes::Reshape:
    case Attributes::Broadcast:
    case Attributes::Slice:
    case Attributes::Pad:
    case Attributes::Concat:
    case Attributes::Gather:
      break;
    default:
      return std::nullopt;
    }
    sum.least += bounds.least;
    sum.most += bounds.most;
  }
  return sum;
}

} // namespace glowplug::conformance
