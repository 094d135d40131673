// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The mean error caused by rounded weights.

#include "core/quantize/ptq/BiasCorrection.h"

#include <algorithm>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

/// One spatial dim of a convolution.
struct SpatialDim {
  int64_t input = 1, kernel = 1, stride = 1, dilation = 1, padBegin = 0,
          padEnd = 0;

  int64_t outputs() const {
    return (input + padBegin + padEnd - dilation * (kernel - 1) - 1) / stride +
           1;
  }
  /// The share of output places at which tap \p tap sees the input.
  double share(int64_t tap) const {
    const int64_t count = outputs();
    int64_t inside = 0;
    for (int64_t at = 0; at < count; ++at) {
      const int64_t place = at * stride - padBegin + tap * dilation;
      inside += place >= 0 && place < input;
    }
    return count > 0 ? double(inside) / double(count) : 0;
  }
};

} // namespace

static void applyAutoPad(const onnx::NodeProto &node, SpatialDim &dim) {
  const std::string pad = stringAttribute(node, "auto_pad", "NOTSET");
  if (pad != "SAME_UPPER" && pad != "SAME_LOWER")
    return;
  const int64_t outputs = (dim.input + dim.stride - 1) / dim.stride;
  const int64_t total =
      std::max<int64_t>(0, (outputs - 1) * dim.stride +
                               dim.dilation * (dim.kernel - 1) + 1 - dim.input);
  dim.padBegin = pad == "SAME_UPPER" ? total / 2 : total - total / 2;
  dim.padEnd = total - dim.padBegin;
}

/// The share of places at which each tap of a Conv's kernel sees the input;
/// 1 for everything else.
static std::vector<double> tapShares(const Contraction &contraction,
                                     llvm::ArrayRef<int64_t> inputShape) {
  const onnx::NodeProto &node = contraction.anchor();
  const std::vector<int64_t> &dims = contraction.weightDims();
  std::vector<double> shares = {1};
  if (!isOp(&node, "Conv") && !isOp(&node, "ConvTranspose"))
    return shares;
  const size_t spatial = dims.size() - 2;
  const std::vector<int64_t> pads = intsAttribute(node, "pads");
  const std::vector<int64_t> strides = intsAttribute(node, "strides");
  const std::vector<int64_t> dilations = intsAttribute(node, "dilations");
  const bool known = isOp(&node, "Conv") && inputShape.size() == dims.size() &&
                     (pads.empty() || pads.size() == 2 * spatial) &&
                     (strides.empty() || strides.size() == spatial) &&
                     (dilations.empty() || dilations.size() == spatial);
  for (size_t d = 0; d < spatial; ++d) {
    SpatialDim dim;
    dim.kernel = dims[d + 2];
    if (known) {
      dim.input = inputShape[d + 2];
      dim.stride = strides.empty() ? 1 : strides[d];
      dim.dilation = dilations.empty() ? 1 : dilations[d];
      dim.padBegin = pads.empty() ? 0 : pads[d];
      dim.padEnd = pads.empty() ? 0 : pads[spatial + d];
      applyAutoPad(node, dim);
    }
    std::vector<double> next;
    for (double share : shares)
      for (int64_t tap = 0; tap < dim.kernel; ++tap)
        next.push_back(share * (known ? dim.share(tap) : 1));
    shares = std::move(next);
  }
  return shares;
}

std::vector<double> ptq::meanOutputShift(const Contraction &contraction,
                                         llvm::ArrayRef<float> weights,
                                         llvm::ArrayRef<float> rounded,
                                         llvm::ArrayRef<double> means,
                                         llvm::ArrayRef<int64_t> inputShape) {
  std::vector<double> shift(size_t(contraction.channels()), 0);
  const std::vector<double> shares = tapShares(contraction, inputShape);
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto index = static_cast<int64_t>(i);
    shift[size_t(contraction.channelOf(index))] +=
        (double(rounded[i]) - double(weights[i])) *
        means[size_t(contraction.inputChannelOf(index))] *
        shares[i % shares.size()];
  }
  return shift;
}
