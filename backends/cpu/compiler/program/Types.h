// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Element types: sizes and properties.
#pragma once

#include <glowplug/image.h>

#include <cstdint>

namespace glowplug::cpu {

using DType = gp_image_dtype;
using ScalarOp = gp_image_scalar_op;
using ReduceKind = enum gp_image_reduce_kind;
using ScatterKind = enum gp_image_scatter_kind;

/// Bytes of one element in memory; 0 for no type.
constexpr unsigned byteSize(DType type) {
  switch (type) {
  case gp_image_dtype_boolean:
  case gp_image_dtype_i8:
  case gp_image_dtype_u8:
    return 1;
  case gp_image_dtype_i16:
  case gp_image_dtype_u16:
  case gp_image_dtype_f16:
  case gp_image_dtype_bf16:
    return 2;
  case gp_image_dtype_i32:
  case gp_image_dtype_u32:
  case gp_image_dtype_f32:
    return 4;
  case gp_image_dtype_i64:
  case gp_image_dtype_u64:
  case gp_image_dtype_f64:
    return 8;
  default:
    return 0;
  }
}

constexpr bool isFloat(DType type) {
  return type >= gp_image_dtype_f16 && type <= gp_image_dtype_f64;
}

/// f16 and bf16: held as f32 in registers, rounded after each operation.
constexpr bool isShortFloat(DType type) {
  return type == gp_image_dtype_f16 || type == gp_image_dtype_bf16;
}

constexpr bool isInteger(DType type) {
  return type >= gp_image_dtype_i8 && type <= gp_image_dtype_u64;
}

constexpr bool isSigned(DType type) {
  return type == gp_image_dtype_i8 || type == gp_image_dtype_i16 ||
         type == gp_image_dtype_i32 || type == gp_image_dtype_i64;
}

constexpr bool isValid(DType type) { return byteSize(type) != 0; }

/// Bytes of one element in a register.
constexpr unsigned computeSize(DType type) {
  return isShortFloat(type) ? 4 : byteSize(type);
}

/// What sums and products of elements of \p type are held in.
constexpr DType accumulatorType(DType type) {
  switch (type) {
  case gp_image_dtype_i8:
  case gp_image_dtype_u8:
  case gp_image_dtype_i16:
  case gp_image_dtype_u16:
    return gp_image_dtype_i32;
  case gp_image_dtype_f16:
  case gp_image_dtype_bf16:
    return gp_image_dtype_f32;
  default:
    return type;
  }
}

} // namespace glowplug::cpu
