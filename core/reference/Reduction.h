// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How elements are summed, multiplied, or reduced to an extreme; shared by
/// reduce, window and scan.

#pragma once

#include "core/image/image_generated.h"
#include "core/reference/ScalarBinary.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include <limits>

namespace glowplug::reference {

/// Type of the result before any epilogue: the accumulator type for sum and
/// prod, the input's own for min and max.
inline DType reducedType(image::ReduceKind kind, DType input) {
  bool accumulates =
      kind == image::ReduceKind::sum || kind == image::ReduceKind::prod;
  return accumulates ? accumulatorType(input) : input;
}

namespace detail {

/// C++ type in which sums and products of T run: double for floats.
template <typename T>
struct SumTypeOf {
  using Type = int32_t;
};
template <>
struct SumTypeOf<uint32_t> {
  using Type = uint32_t;
};
template <>
struct SumTypeOf<int64_t> {
  using Type = int64_t;
};
template <>
struct SumTypeOf<uint64_t> {
  using Type = uint64_t;
};
template <>
struct SumTypeOf<Half> {
  using Type = double;
};
template <>
struct SumTypeOf<BFloat16> {
  using Type = double;
};
template <>
struct SumTypeOf<float> {
  using Type = double;
};
template <>
struct SumTypeOf<double> {
  using Type = double;
};

/// C++ type in which T is compared; every T converts to it exactly.
template <typename T>
struct OrderTypeOf {
  using Type = T;
};
template <>
struct OrderTypeOf<Boolean> {
  using Type = uint8_t;
};
template <>
struct OrderTypeOf<Half> {
  using Type = float;
};
template <>
struct OrderTypeOf<BFloat16> {
  using Type = float;
};

template <typename T>
constexpr T largest() {
  if constexpr (std::numeric_limits<T>::has_infinity)
    return std::numeric_limits<T>::infinity();
  else
    return std::numeric_limits<T>::max();
}
template <typename T>
constexpr T smallest() {
  if constexpr (std::numeric_limits<T>::has_infinity)
    return -std::numeric_limits<T>::infinity();
  else
    return std::numeric_limits<T>::min();
}

} // namespace detail

/// The type in which elements of T are put into order.
template <typename T>
using OrderType = typename detail::OrderTypeOf<T>::Type;

/// Calls \p function(TypeTag<T>, combine, identity) with the C++ type of the
/// elements of \p input, a function on two values of the type of `identity`,
/// and that function's neutral value. \p input is boolean for min and max only.
template <typename Function>
void dispatchReduction(image::ReduceKind kind, DType input,
                       Function &&function) {
  dispatch(input, [&]<typename T>(TypeTag<T> tag) {
    using O = OrderType<T>;
    if (kind == image::ReduceKind::min)
      return function(tag, Min(),
                      std::is_same_v<T, Boolean> ? O(1) : detail::largest<O>());
    if (kind == image::ReduceKind::max)
      return function(tag, Max(),
                      std::is_same_v<T, Boolean> ? O(0)
                                                 : detail::smallest<O>());
    if constexpr (!std::is_same_v<T, Boolean>) {
      using S = typename detail::SumTypeOf<T>::Type;
      if (kind == image::ReduceKind::sum)
        return function(tag, Add(), S(0));
      return function(tag, Mul(), S(1));
    }
    llvm_unreachable("booleans have no sum");
  });
}

/// Converts \p values to the type of \p result and writes them there, from
/// the element \p first on.
template <typename A>
void storeReduced(llvm::ArrayRef<A> values, Tensor &result, int64_t first) {
  dispatch(result.dtype(), [&]<typename R>(TypeTag<R>) {
    R *target = result.mutableElements<R>().data() + first;
    for (const A &value : values)
      *target++ = convert<R>(value);
  });
}

} // namespace glowplug::reference
