// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Element types: what the compiler adds to the traits of the SDK.
#pragma once

#include <glowplug/glue/dtype.h>
#include <glowplug/image.h>

#include <cstdint>

namespace glowplug::cpu {

using DType = gp_image_dtype;
using ScalarOp = gp_image_scalar_op;
using ReduceKind = enum gp_image_reduce_kind;
using ScatterKind = enum gp_image_scatter_kind;

// The SDK's traits, with the types of C++. Sizes are `unsigned`, so that their
// products with strides stay signed.

/// Bytes of one element in memory; 0 for no type.
inline unsigned byteSize(DType type) {
  return static_cast<unsigned>(gp_dtype_bytes(type));
}

inline bool isFloat(DType type) { return gp_dtype_is_float(type) != 0; }

inline bool isSigned(DType type) {
  return gp_dtype_is_signed_integer(type) != 0;
}

inline bool isInteger(DType type) {
  return isSigned(type) || gp_dtype_is_unsigned_integer(type) != 0;
}

/// f16 and bf16: held as f32 in registers, rounded after each operation.
constexpr bool isShortFloat(DType type) {
  return type == gp_image_dtype_f16 || type == gp_image_dtype_bf16;
}

/// Bytes of one element in a register.
inline unsigned computeSize(DType type) {
  return isShortFloat(type) ? 4 : byteSize(type);
}

} // namespace glowplug::cpu
