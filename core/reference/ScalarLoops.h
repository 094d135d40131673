// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a function on one element to a loop over a block.

#pragma once

#include "core/reference/Scalar.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

namespace glowplug::reference {

template <typename T>
inline constexpr bool isFloatType =
    std::is_floating_point_v<T> || glowplug::detail::isSmallFloat<T>;
template <typename T>
inline constexpr bool isIntegerType = std::is_integral_v<T>;
template <typename T>
inline constexpr bool isBooleanType = std::is_same_v<T, Boolean>;

/// The type in which basic arithmetic on T is done, such that one rounding to
/// T gives the correctly rounded result: 16-bit floats go through double.
template <typename T>
struct ArithmeticTypeOf {
  using Type = T;
};
template <>
struct ArithmeticTypeOf<Half> {
  using Type = double;
};
template <>
struct ArithmeticTypeOf<BFloat16> {
  using Type = double;
};
template <typename T>
using ArithmeticType = typename ArithmeticTypeOf<T>::Type;

/// result[i] = F(a[i])
template <typename Result, typename A, typename F>
void loop1(const uint8_t *const *operands, uint8_t *result, int64_t count) {
  const auto *a = reinterpret_cast<const A *>(operands[0]);
  auto *r = reinterpret_cast<Result *>(result);
  for (int64_t i = 0; i < count; ++i)
    r[i] = F()(a[i]);
}

/// result[i] = F(a[i], b[i])
template <typename Result, typename A, typename F>
void loop2(const uint8_t *const *operands, uint8_t *result, int64_t count) {
  const auto *a = reinterpret_cast<const A *>(operands[0]);
  const auto *b = reinterpret_cast<const A *>(operands[1]);
  auto *r = reinterpret_cast<Result *>(result);
  for (int64_t i = 0; i < count; ++i)
    r[i] = F()(a[i], b[i]);
}

} // namespace glowplug::reference
