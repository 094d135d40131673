// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Arithmetic that scalar ops, reductions and scatter share: on integers and
/// on float and double.

#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

namespace glowplug::reference {
namespace detail {

/// Integers wrap. The arithmetic is done on 64 unsigned bits: of a narrower
/// type, unsigned or not, the promoted product could overflow int.
template <typename T, typename F>
T wrapping(T a, T b, F function) {
  return static_cast<T>(
      function(static_cast<uint64_t>(a), static_cast<uint64_t>(b)));
}

} // namespace detail

struct Add {
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>)
      return detail::wrapping(a, b, [](auto x, auto y) { return x + y; });
    else
      return a + b;
  }
};

struct Sub {
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>)
      return detail::wrapping(a, b, [](auto x, auto y) { return x - y; });
    else
      return a - b;
  }
};

struct Mul {
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>)
      return detail::wrapping(a, b, [](auto x, auto y) { return x * y; });
    else
      return a * b;
  }
};

/// A NaN operand gives NaN.
struct Min {
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (!std::is_integral_v<T>)
      if (std::isnan(a))
        return a;
    // The negation lets a NaN in b through.
    return !(b >= a) ? b : a;
  }
};

struct Max {
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (!std::is_integral_v<T>)
      if (std::isnan(a))
        return a;
    return !(b <= a) ? b : a;
  }
};

} // namespace glowplug::reference
