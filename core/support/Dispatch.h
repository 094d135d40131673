// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From an element type known at run time to a C++ type.

#pragma once

#include "core/support/Tensor.h"

#include "llvm/Support/ErrorHandling.h"

namespace glowplug {

/// Carries a type into a generic lambda.
template <typename T>
struct TypeTag {
  using Type = T;
};

/// Calls \p function with the TypeTag of the C++ type that stores \p type, and
/// returns what it returns. \p type is not `none`.
template <typename Function>
decltype(auto) dispatch(DType type, Function &&function) {
  switch (type) {
  case DType::boolean:
    return function(TypeTag<Boolean>());
  case DType::i8:
    return function(TypeTag<int8_t>());
  case DType::u8:
    return function(TypeTag<uint8_t>());
  case DType::i16:
    return function(TypeTag<int16_t>());
  case DType::u16:
    return function(TypeTag<uint16_t>());
  case DType::i32:
    return function(TypeTag<int32_t>());
  case DType::u32:
    return function(TypeTag<uint32_t>());
  case DType::i64:
    return function(TypeTag<int64_t>());
  case DType::u64:
    return function(TypeTag<uint64_t>());
  case DType::f16:
    return function(TypeTag<Half>());
  case DType::bf16:
    return function(TypeTag<BFloat16>());
  case DType::f32:
    return function(TypeTag<float>());
  case DType::f64:
    return function(TypeTag<double>());
  case DType::none:
    break;
  }
  llvm_unreachable("not an element type");
}

/// Calls \p function with the TypeTag of an unsigned integer of \p bytes
/// (1, 2, 4 or 8): for work that moves elements without looking at them.
template <typename Function>
decltype(auto) dispatchWidth(unsigned bytes, Function &&function) {
  switch (bytes) {
  case 1:
    return function(TypeTag<uint8_t>());
  case 2:
    return function(TypeTag<uint16_t>());
  case 4:
    return function(TypeTag<uint32_t>());
  case 8:
    return function(TypeTag<uint64_t>());
  default:
    llvm_unreachable("not the width of an element");
  }
}

} // namespace glowplug
