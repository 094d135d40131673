// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strides, dilations and pads.

#include "core/importer/onnx/ops/Spatial.h"

#include "core/semantics/Shapes.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Larger numbers have no use, and would not leave room to compute.
static constexpr int64_t largest = (int64_t{1} << 31) - 1;

AutoPad importer::readAutoPad(Node &n) {
  const std::string text = n.stringAttr("auto_pad", "NOTSET");
  if (text == "NOTSET")
    return AutoPad::none;
  if (text == "SAME_UPPER")
    return AutoPad::upper;
  if (text == "SAME_LOWER")
    return AutoPad::lower;
  n.check(text == "VALID", "attribute 'auto_pad' needs to be NOTSET, "
                           "SAME_UPPER, SAME_LOWER or VALID, but got '" +
                               text + "'");
  return AutoPad::valid;
}

Shape importer::readSizes(Node &n, StringRef name, size_t count, int64_t least,
                          int64_t fallback) {
  std::optional<SmallVector<int64_t>> given = n.intsAttr(name);
  const Shape defaults(count, fallback);
  if (!given)
    return defaults;
  if (!n.check(given->size() == count, name + " needs " + Twine(count) +
                                           " entries, but has " +
                                           Twine(given->size())))
    return defaults;
  for (auto [i, value] : llvm::enumerate(*given))
    if (!n.atLeast(value, least, name + "[" + Twine(i) + "]") ||
        !n.check(value <= largest,
                 name + "[" + Twine(i) + "] needs to be at most " +
                     Twine(largest) + ", but got " + Twine(value)))
      return defaults;
  return *given;
}

Sliding importer::readKernel(Node &n, size_t spatial, const Shape *kernel) {
  Sliding s;
  s.strides = readSizes(n, "strides", spatial, 1, 1);
  s.dilations = readSizes(n, "dilations", spatial, 1, 1);
  if (!kernel)
    n.check(n.hasAttr("kernel_shape"), "attribute 'kernel_shape' is missing");
  s.kernel = readSizes(n, "kernel_shape", spatial, 1, 1);
  if (kernel) {
    n.check(!n.hasAttr("kernel_shape") || s.kernel == *kernel,
            "attribute 'kernel_shape' differs from the weights");
    for (auto [i, size] : llvm::enumerate(*kernel))
      if (!n.atLeast(size, 1, "dim " + Twine(i + 2) + " of the weights"))
        return s;
    s.kernel = *kernel;
  }
  for (size_t i = 0; i < spatial && !n.failed(); ++i)
    n.check(shapes::dilated(s.kernel[i], s.dilations[i]) <= largest,
            "a kernel of " + Twine(s.kernel[i]) + " with a dilation of " +
                Twine(s.dilations[i]) + " is too large");
  s.low.assign(spatial, 0);
  s.high.assign(spatial, 0);
  s.extra.assign(spatial, 0);
  s.out.assign(spatial, 1);
  return s;
}

/// Pads so that there is an output element per stride.
static void padSame(Sliding &s, size_t i, int64_t in, bool upper) {
  const int64_t out = (in + s.strides[i] - 1) / s.strides[i];
  const int64_t covered =
      (out - 1) * s.strides[i] + shapes::dilated(s.kernel[i], s.dilations[i]);
  const int64_t total = std::max<int64_t>(covered - in, 0);
  s.low[i] = upper ? total / 2 : total - total / 2;
  s.high[i] = total - s.low[i];
}

/// Widens the high pad so that what is left over gives one more element, if
/// its window begins within the input or the low pad.
static void padCeil(Sliding &s, size_t i, int64_t in) {
  const int64_t covered = shapes::dilated(s.kernel[i], s.dilations[i]);
  const int64_t room = in + s.low[i] + s.high[i] - covered;
  if (room < 0 || room % s.strides[i] == 0)
    return;
  const int64_t steps = room / s.strides[i] + 1;
  if (steps * s.strides[i] >= in + s.low[i])
    return;
  s.extra[i] = steps * s.strides[i] - room;
  s.high[i] += s.extra[i];
}

Sliding importer::readSliding(Node &n, ArrayRef<int64_t> in,
                              const Shape *kernel, bool ceil) {
  const size_t spatial = in.size();
  const AutoPad mode = readAutoPad(n);
  Sliding s = readKernel(n, spatial, kernel);
  const Shape pads = readSizes(n, "pads", 2 * spatial, 0, 0);
  if (n.failed())
    return s;
  for (size_t i = 0; i < spatial; ++i) {
    if (mode == AutoPad::none) {
      s.low[i] = pads[i];
      s.high[i] = pads[spatial + i];
    } else if (mode != AutoPad::valid && in[i] > 0) {
      padSame(s, i, in[i], mode == AutoPad::upper);
    }
    if (ceil)
      padCeil(s, i, in[i]);
    s.out[i] = shapes::windowed(in[i], s.kernel[i], s.strides[i], s.low[i],
                                s.high[i], s.dilations[i])
                   .value_or(-1);
    if (!n.check(s.out[i] >= 1,
                 "a kernel of " +
                     Twine(shapes::dilated(s.kernel[i], s.dilations[i])) +
                     " does not fit spatial dim " + Twine(i) + " of " +
                     Twine(in[i]) + " with pads " + Twine(s.low[i]) + " and " +
                     Twine(s.high[i])))
      return s;
  }
  return s;
}
