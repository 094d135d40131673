// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses windows that fit.

#include "core/conformance/graphs/Windows.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::graphs;

static int64_t covered(int64_t kernel, int64_t dilation) {
  return dilation * (kernel - 1) + 1;
}

Sliding graphs::chooseSliding(Builder &b, const Shape &in, bool isPool) {
  const size_t spatial = in.size();
  Sliding s;
  s.pads.assign(2 * spatial, 0);
  const double mode = b.random.unit();
  if (mode < 0.1)
    s.autoPad = "SAME_UPPER";
  else if (mode < 0.2)
    s.autoPad = "SAME_LOWER";
  else if (mode < 0.25)
    s.autoPad = "VALID";
  const bool same = mode < 0.2, padded = mode >= 0.25 && b.random.chance(0.6);
  s.ceil = isPool && !s.autoPad && b.random.chance(0.2);
  for (size_t i = 0; i < spatial; ++i) {
    int64_t kernel = b.random.chance(0.2) ? 1 : b.random.range(2, 5);
    int64_t stride = b.random.chance(0.6) ? 1 : b.random.range(2, 3);
    int64_t dilation =
        b.random.chance(0.8) || s.autoPad ? 1 : b.random.range(2, 3);
    int64_t low = 0, high = 0;
    if (padded) {
      low = b.random.range(0, 3);
      high = b.random.chance(0.5) ? low : b.random.range(0, 3);
    }
    // Pads of a pool stay below its kernel.
    if (isPool) {
      low = std::min(low, kernel - 1);
      high = std::min(high, kernel - 1);
    }
    if (!same && covered(kernel, dilation) > in[i] + low + high) {
      dilation = 1;
      kernel = std::min(kernel, in[i] + low + high);
      if (isPool) {
        kernel = std::min(kernel, in[i]);
        low = std::min(low, kernel - 1);
        high = std::min(high, kernel - 1);
      }
    }
    int64_t out = 0;
    if (same) {
      out = (in[i] + stride - 1) / stride;
    } else {
      const int64_t room = in[i] + low + high - covered(kernel, dilation);
      out = room / stride + 1;
      // One more window, if it begins before the high pads.
      if (s.ceil && room % stride != 0 && out * stride < in[i] + low)
        ++out;
    }
    s.kernel.push_back(kernel);
    s.strides.push_back(stride);
    s.dilations.push_back(dilation);
    s.pads[i] = low;
    s.pads[spatial + i] = high;
    s.out.push_back(out);
  }
  return s;
}

void Sliding::describe(Builder &b, Attributes &attributes,
                       bool withKernel) const {
  if (withKernel)
    attributes.set("kernel_shape", kernel);
  const auto isAll = [](const Shape &list, int64_t value) {
    return llvm::all_of(list, [=](int64_t entry) { return entry == value; });
  };
  if (!isAll(strides, 1) || b.random.chance(0.3))
    attributes.set("strides", strides);
  if (!isAll(dilations, 1) || b.random.chance(0.3))
    attributes.set("dilations", dilations);
  if (autoPad)
    attributes.set("auto_pad", autoPad);
  else if (!isAll(pads, 0))
    attributes.set("pads", pads);
  if (ceil)
    attributes.set("ceil_mode", int64_t{1});
}

Shape graphs::imageShape(Builder &b, int64_t groups) {
  const int64_t spatial = b.random.pick({1, 2, 2, 2, 2, 3});
  Shape shape{b.random.chance(0.6) ? 1 : b.random.range(2, 3)};
  const int64_t channels = b.random.chance(0.5)
                               ? b.random.range(1, 6)
                               : b.random.pick({7, 8, 9, 15, 16, 17, 33});
  shape.push_back(groups *
                  (groups > 1 ? std::min<int64_t>(channels, 4) : channels));
  const int64_t most = spatial == 1 ? 65 : spatial == 2 ? 17 : 6;
  for (int64_t i = 0; i < spatial; ++i)
    shape.push_back(std::min(most, b.filledDim()));
  return shape;
}
