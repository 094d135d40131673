// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a range of real numbers to 8-bit integers: scale and zero point.

#pragma once

#include "core/support/DType.h"

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>

namespace glowplug::ptq {

/// How activations become 8-bit integers. Weights are int8 with zero point 0
/// in every scheme.
enum class Scheme : uint8_t {
  asymmetric,     ///< uint8, any zero point.
  symmetric,      ///< int8, zero point 0.
  symmetricUint8, ///< As symmetric; uint8 where no value is negative.
  powerOfTwo,     ///< As symmetric; every scale a power of two.
};

llvm::StringRef schemeName(Scheme scheme);
std::optional<Scheme> parseScheme(llvm::StringRef name);

/// A closed range of reals.
struct Range {
  double low = 0, high = 0;
};

/// real = scale * (integer - zp). The scale is a positive normal float.
struct QuantParams {
  float scale = 1;
  int32_t zp = 0;
  DType dtype = DType::u8; ///< u8 or i8.

  int32_t lowest() const { return dtype == DType::u8 ? 0 : -128; }
  int32_t highest() const { return dtype == DType::u8 ? 255 : 127; }
  /// The nearest integer, half to even, within the type.
  int32_t quantize(double value) const;
  double dequantize(int32_t value) const {
    return static_cast<double>(scale) * (value - zp);
  }
};

/// Parameters for activations within \p range, which is extended to hold 0:
/// zero is always exact. An empty range gets the scale 1.
QuantParams chooseParams(Range range, Scheme scheme);

/// The scale of weights whose largest magnitude is \p magnitude: that becomes
/// 127 (so -128 is never used), or, for powers of two, not more than 127.
float weightScale(double magnitude, Scheme scheme);

/// The least power of two that is not below \p scale, as a float.
float roundUpToPowerOfTwo(double scale);

} // namespace glowplug::ptq
