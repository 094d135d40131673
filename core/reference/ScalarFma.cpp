// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scalar op fma: a product and a sum, rounded once.

#include "core/reference/Rounding.h"
#include "core/reference/ScalarLoops.h"

using namespace glowplug;
using namespace glowplug::reference;

/// a * b + c of a type whose products a double holds exactly.
static double exactProductSum(double a, double b, double c) {
  const double product = a * b;
  const double sum = product + c;
  // What the sum lost: exact, whichever of the two is the greater.
  const double part = sum - product;
  return roundToOdd(sum, (product - (sum - part)) + (c - part));
}

template <typename T>
static void fmaElements(const uint8_t *const *operands, uint8_t *result,
                        int64_t count) {
  const auto *a = reinterpret_cast<const T *>(operands[0]);
  const auto *b = reinterpret_cast<const T *>(operands[1]);
  const auto *c = reinterpret_cast<const T *>(operands[2]);
  auto *r = reinterpret_cast<T *>(result);
  for (int64_t i = 0; i < count; ++i) {
    if constexpr (std::is_same_v<T, double>)
      r[i] = std::fma(a[i], b[i], c[i]);
    else
      r[i] = convert<T>(exactProductSum(
          convert<double>(a[i]), convert<double>(b[i]), convert<double>(c[i])));
  }
}

ScalarLoop reference::fmaLoop(DType type) {
  return dispatch(type, []<typename T>(TypeTag<T>) -> ScalarLoop {
    if constexpr (isFloatType<T>)
      return fmaElements<T>;
    else
      return nullptr;
  });
}
