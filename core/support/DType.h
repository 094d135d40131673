// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Element types: their names, sizes and kinds, and checked size arithmetic
/// over shapes.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace glowplug {

/// Type of one element. The numbers are those of the program image, where
/// `core/image` asserts that both lists agree.
enum class DType : uint8_t {
  none = 0, // not a type
  boolean = 1,
  i8 = 2,
  u8 = 3,
  i16 = 4,
  u16 = 5,
  i32 = 6,
  u32 = 7,
  i64 = 8,
  u64 = 9,
  f16 = 10,
  bf16 = 11,
  f32 = 12,
  f64 = 13,
};

/// Number of enumerators, `none` included.
inline constexpr unsigned dtypeCount = 14;

/// The spelling used in the image schema: "boolean", "i8", ... ; "none" also
/// for a value out of range.
llvm::StringRef dtypeName(DType type);

/// The type with that spelling; nothing for any other text, "none" included.
std::optional<DType> parseDType(llvm::StringRef name);

/// Bytes of one element; 0 for `none`.
constexpr unsigned dtypeBytes(DType type) {
  switch (type) {
  case DType::none:
    return 0;
  case DType::boolean:
  case DType::i8:
  case DType::u8:
    return 1;
  case DType::i16:
  case DType::u16:
  case DType::f16:
  case DType::bf16:
    return 2;
  case DType::i32:
  case DType::u32:
  case DType::f32:
    return 4;
  case DType::i64:
  case DType::u64:
  case DType::f64:
    return 8;
  }
  return 0;
}

constexpr bool isFloat(DType type) {
  return type >= DType::f16 && type <= DType::f64;
}
/// Whether \p type is a float of 16 bits.
constexpr bool isHalf(DType type) {
  return type == DType::f16 || type == DType::bf16;
}
constexpr bool isInteger(DType type) {
  return type >= DType::i8 && type <= DType::u64;
}
constexpr bool isSignedInteger(DType type) {
  return type == DType::i8 || type == DType::i16 || type == DType::i32 ||
         type == DType::i64;
}

/// The type in which sums over \p type run; `none` for boolean and `none`.
constexpr DType accumulatorType(DType type) {
  switch (type) {
  case DType::i8:
  case DType::u8:
  case DType::i16:
  case DType::u16:
  case DType::i32:
    return DType::i32;
  case DType::f16:
  case DType::bf16:
  case DType::f32:
    return DType::f32;
  case DType::u32:
  case DType::i64:
  case DType::u64:
  case DType::f64:
    return type;
  case DType::none:
  case DType::boolean:
    break;
  }
  return DType::none;
}

/// Number of elements of a dense tensor; 1 for rank 0. Nothing if a dim is
/// negative or if the product of the dims, each 0 taken as 1, passes
/// 2^63 - 1. So row-major strides fit as well.
std::optional<int64_t> elementCount(llvm::ArrayRef<int64_t> shape);

/// Bytes of a dense tensor, under the same rule applied to bytes. Nothing for
/// the type `none`.
std::optional<int64_t> byteCount(DType type, llvm::ArrayRef<int64_t> shape);

/// For messages: "f32[1,3,8,8]".
std::string typeString(DType type, llvm::ArrayRef<int64_t> shape);

} // namespace glowplug
