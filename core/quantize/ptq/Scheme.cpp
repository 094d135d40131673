// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales and zero points.

#include "core/quantize/ptq/Scheme.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

using namespace glowplug;
using namespace glowplug::ptq;

static constexpr std::array<std::pair<Scheme, llvm::StringLiteral>, 4> names = {
    {{Scheme::asymmetric, "asymmetric"},
     {Scheme::symmetric, "symmetric"},
     {Scheme::symmetricUint8, "symmetric-uint8"},
     {Scheme::powerOfTwo, "power-of-two"}}};

llvm::StringRef ptq::schemeName(Scheme scheme) {
  return names[static_cast<size_t>(scheme)].second;
}

std::optional<Scheme> ptq::parseScheme(llvm::StringRef name) {
  for (const auto &[scheme, text] : names)
    if (text == name)
      return scheme;
  return std::nullopt;
}

int32_t QuantParams::quantize(double value) const {
  const double steps = std::nearbyint(value / scale) + zp;
  return static_cast<int32_t>(std::clamp<double>(steps, lowest(), highest()));
}

/// Scales stay normal floats with room above and below: products of two and
/// their inverses must not overflow.
static double bounded(double scale) {
  if (!(scale > 0))
    return 1;
  return std::clamp(scale, std::ldexp(1.0, -60), std::ldexp(1.0, 60));
}

float ptq::roundUpToPowerOfTwo(double scale) {
  int exponent = 0;
  const double fraction = std::frexp(scale, &exponent); // [0.5, 1)
  return static_cast<float>(
      std::ldexp(1.0, fraction == 0.5 ? exponent - 1 : exponent));
}

float ptq::weightScale(double magnitude, Scheme scheme) {
  const double scale = bounded(magnitude / 127);
  return scheme == Scheme::powerOfTwo ? roundUpToPowerOfTwo(scale)
                                      : static_cast<float>(scale);
}

QuantParams ptq::chooseParams(Range range, Scheme scheme) {
  range.low = std::min(range.low, 0.0);
  range.high = std::max(range.high, 0.0);
  QuantParams params;
  if (scheme == Scheme::asymmetric) {
    params.dtype = DType::u8;
    params.scale = static_cast<float>(bounded((range.high - range.low) / 255));
    params.zp = static_cast<int32_t>(
        std::clamp(std::nearbyint(-range.low / params.scale), 0.0, 255.0));
    return params;
  }
  const bool isUnsigned = scheme == Scheme::symmetricUint8 && range.low == 0;
  const double magnitude = std::max(range.high, -range.low);
  const double scale = bounded(magnitude / (isUnsigned ? 255 : 127));
  params.dtype = isUnsigned ? DType::u8 : DType::i8;
  params.scale = scheme == Scheme::powerOfTwo ? roundUpToPowerOfTwo(scale)
                                              : static_cast<float>(scale);
  return params;
}
