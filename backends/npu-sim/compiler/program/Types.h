// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Element types: sizes and properties.

#pragma once

#include <glowplug/glue/dtype.h>
#include <glowplug/image.h>

#include <cstdint>

namespace glowplug::npusim {

/// Bytes of one element; 0 for no type.
inline unsigned byteSize(gp_image_dtype type) {
  return static_cast<unsigned>(gp_dtype_bytes(type));
}

inline bool isFloat(gp_image_dtype type) {
  return gp_dtype_is_float(type) != 0;
}

/// What tensors on the NPU consist of.
constexpr bool isByte(gp_image_dtype type) {
  return type == gp_image_dtype_i8 || type == gp_image_dtype_u8;
}

constexpr bool isUnsignedByte(gp_image_dtype type) {
  return type == gp_image_dtype_u8;
}

/// Least and greatest value of bytes.
constexpr std::int32_t leastByte(bool isUnsigned) {
  return isUnsigned ? 0 : -128;
}
constexpr std::int32_t greatestByte(bool isUnsigned) {
  return isUnsigned ? 255 : 127;
}

/// The integer or boolean that the low \p bits of an element mean.
inline std::int64_t integerOf(gp_image_dtype type, std::uint64_t bits) {
  const unsigned unused = 64 - 8 * byteSize(type);
  bits <<= unused;
  return gp_dtype_is_signed_integer(type)
             ? static_cast<std::int64_t>(bits) >> unused
             : static_cast<std::int64_t>(bits >> unused);
}

} // namespace glowplug::npusim
