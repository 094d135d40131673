// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar ops between types: cast, bitcast, select, quantize, dequantize.

#include "core/reference/ScalarLoops.h"

using namespace glowplug;
using namespace glowplug::reference;

template <typename To, typename From>
static void castElements(const uint8_t *const *operands, uint8_t *result,
                         int64_t count) {
  const auto *a = reinterpret_cast<const From *>(operands[0]);
  auto *r = reinterpret_cast<To *>(result);
  for (int64_t i = 0; i < count; ++i)
    r[i] = convert<To>(a[i]);
}

ScalarLoop reference::castLoop(DType to, DType from) {
  return dispatch(to, [&]<typename To>(TypeTag<To>) {
    return dispatch(from, []<typename From>(TypeTag<From>) -> ScalarLoop {
      return castElements<To, From>;
    });
  });
}

/// The bits are those of the declared types, whatever holds the numbers.
template <typename To, typename HeldTo, typename From, typename HeldFrom>
static void bitcastElements(const uint8_t *const *operands, uint8_t *result,
                            int64_t count) {
  const auto *a = reinterpret_cast<const HeldFrom *>(operands[0]);
  auto *r = reinterpret_cast<HeldTo *>(result);
  for (int64_t i = 0; i < count; ++i)
    r[i] = convert<HeldTo>(std::bit_cast<To>(convert<From>(a[i])));
}

/// Calls \p f with the type of numbers of \p type.held, one that may hold T.
template <typename T, typename F>
static ScalarLoop dispatchHeld(HeldAs type, F f) {
  if (type.held == type.declared)
    return f(TypeTag<T>());
  if constexpr (isFloatType<T>) {
    if (type.held == DType::f64)
      return f(TypeTag<double>());
    if (type.held == DType::f32)
      return f(TypeTag<float>());
  }
  return nullptr;
}

ScalarLoop reference::bitcastLoop(HeldAs to, HeldAs from) {
  return dispatch(to.declared, [&]<typename To>(TypeTag<To>) {
    return dispatch(from.declared, [&]<typename From>(TypeTag<From>) {
      if constexpr (isBooleanType<To> || isBooleanType<From> ||
                    sizeof(To) != sizeof(From))
        return ScalarLoop(nullptr);
      else
        return dispatchHeld<To>(to, [&]<typename HeldTo>(TypeTag<HeldTo>) {
          return dispatchHeld<From>(
              from, []<typename HeldFrom>(TypeTag<HeldFrom>) -> ScalarLoop {
                return bitcastElements<To, HeldTo, From, HeldFrom>;
              });
        });
    });
  });
}

template <typename T>
static void selectElements(const uint8_t *const *operands, uint8_t *result,
                           int64_t count) {
  const uint8_t *condition = operands[0];
  const auto *a = reinterpret_cast<const T *>(operands[1]);
  const auto *b = reinterpret_cast<const T *>(operands[2]);
  auto *r = reinterpret_cast<T *>(result);
  for (int64_t i = 0; i < count; ++i)
    r[i] = condition[i] != 0 ? a[i] : b[i];
}

ScalarLoop reference::selectLoop(DType type) {
  return dispatchWidth(
      dtypeBytes(type),
      []<typename T>(TypeTag<T>) -> ScalarLoop { return selectElements<T>; });
}

// Wide enough for the sum of any two integers of 64 bits.
__extension__ using Int128 = __int128;

/// The 64-bit type of the signedness of T.
template <typename T>
using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;

/// saturate(round_even(x / scale) + zeroPoint). The quotient is rounded to the
/// type of x first, as any division; a NaN counts as 0, as in a cast.
template <typename To, typename From>
static void quantizeElements(const uint8_t *const *operands, uint8_t *result,
                             int64_t count) {
  using Limits = std::numeric_limits<To>;
  const auto *x = reinterpret_cast<const From *>(operands[0]);
  const auto *scale = reinterpret_cast<const From *>(operands[1]);
  const auto *zeroPoint = reinterpret_cast<const To *>(operands[2]);
  auto *r = reinterpret_cast<To *>(result);
  for (int64_t i = 0; i < count; ++i) {
    using A = ArithmeticType<From>;
    const From quotient =
        convert<From>(convert<A>(x[i]) / convert<A>(scale[i]));
    const double rounded = std::nearbyint(convert<double>(quotient));
    // Beyond 2^66 the zero point no longer matters.
    auto sum = static_cast<Int128>(static_cast<Wide<To>>(zeroPoint[i]));
    if (rounded > 0x1p66)
      sum = static_cast<Wide<To>>(Limits::max());
    else if (rounded < -0x1p66)
      sum = static_cast<Wide<To>>(Limits::min());
    else if (!std::isnan(rounded))
      sum += static_cast<Int128>(rounded);
    r[i] = sum > Limits::max()   ? Limits::max()
           : sum < Limits::min() ? Limits::min()
                                 : static_cast<To>(sum);
  }
}

ScalarLoop reference::quantizeLoop(DType to, DType from) {
  return dispatch(to, [&]<typename To>(TypeTag<To>) {
    return dispatch(from, []<typename From>(TypeTag<From>) -> ScalarLoop {
      if constexpr (isIntegerType<To> && isFloatType<From>)
        return quantizeElements<To, From>;
      else
        return nullptr;
    });
  });
}

/// \p difference times \p scale, rounded once to T.
template <typename T>
static T scaled(Int128 difference, double scale) {
  if constexpr (std::is_same_v<T, double>) {
    return static_cast<double>(difference) * scale;
  } else {
    const auto exact = static_cast<double>(difference);
    double product = exact * scale;
    // The product of 29 and 24 bits fits. A longer one is rounded to odd, so
    // that the rounding to T sees on which side of a tie it lies.
    const double lost = std::fma(exact, scale, -product);
    if (lost != 0 && std::isfinite(product)) {
      auto bits = std::bit_cast<uint64_t>(product);
      // Toward zero first: the rest then has the sign of the product.
      if ((lost < 0) != (product < 0))
        --bits;
      product = std::bit_cast<double>(bits | 1);
    }
    return convert<T>(product);
  }
}

template <typename To, typename From>
static void dequantizeElements(const uint8_t *const *operands, uint8_t *result,
                               int64_t count) {
  const auto *q = reinterpret_cast<const From *>(operands[0]);
  const auto *scale = reinterpret_cast<const To *>(operands[1]);
  const auto *zeroPoint = reinterpret_cast<const From *>(operands[2]);
  auto *r = reinterpret_cast<To *>(result);
  for (int64_t i = 0; i < count; ++i) {
    if constexpr (sizeof(From) <= 2) {
      // 17 bits times at most 53: one rounding, whatever the type.
      const double difference = static_cast<double>(q[i] - zeroPoint[i]);
      r[i] = convert<To>(difference * convert<double>(scale[i]));
    } else {
      r[i] = scaled<To>(Int128{q[i]} - Int128{zeroPoint[i]},
                        convert<double>(scale[i]));
    }
  }
}

ScalarLoop reference::dequantizeLoop(DType to, DType from) {
  return dispatch(to, [&]<typename To>(TypeTag<To>) {
    return dispatch(from, []<typename From>(TypeTag<From>) -> ScalarLoop {
      if constexpr (isFloatType<To> && isIntegerType<From>)
        return dequantizeElements<To, From>;
      else
        return nullptr;
    });
  });
}
