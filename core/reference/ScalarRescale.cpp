// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar ops that bring sums back to narrow integers, and tables.

#include "core/reference/ScalarLoops.h"

#include <glowplug/arithmetic.h>

using namespace glowplug;
using namespace glowplug::reference;
using image::ScalarOp;

template <typename To>
static constexpr arithmetic::Range rangeOf =
    arithmetic::rangeOf(8 * sizeof(To), std::is_signed_v<To>);

/// The scale is held as a double when floats are wide.
template <typename To, typename Scale>
static void rescaleFp32Rne(const uint8_t *const *operands, uint8_t *result,
                           int64_t count) {
  const auto *x = reinterpret_cast<const int32_t *>(operands[0]);
  const auto *scale = reinterpret_cast<const Scale *>(operands[1]);
  const auto *zeroPoint = reinterpret_cast<const To *>(operands[2]);
  auto *r = reinterpret_cast<To *>(result);
  for (int64_t i = 0; i < count; ++i)
    r[i] = static_cast<To>(arithmetic::rescaleFp32Rne(
        x[i], convert<float>(scale[i]), zeroPoint[i], rangeOf<To>));
}

template <typename To, bool twice>
static void rescaleTosa(const uint8_t *const *operands, uint8_t *result,
                        int64_t count) {
  const auto *x = reinterpret_cast<const int32_t *>(operands[0]);
  const auto *multiplier = reinterpret_cast<const int32_t *>(operands[1]);
  const auto *shift = reinterpret_cast<const int32_t *>(operands[2]);
  const auto *zeroPoint = reinterpret_cast<const To *>(operands[3]);
  constexpr auto rescale =
      twice ? arithmetic::rescaleTosaDouble : arithmetic::rescaleTosaSingle;
  auto *r = reinterpret_cast<To *>(result);
  for (int64_t i = 0; i < count; ++i)
    r[i] = static_cast<To>(
        rescale(x[i], multiplier[i], shift[i], zeroPoint[i], rangeOf<To>));
}

ScalarLoop reference::rescaleLoop(ScalarOp op, DType to,
                                  llvm::ArrayRef<DType> operands) {
  const bool isFp32 = op == ScalarOp::rescale_fp32_rne;
  if (operands.size() != (isFp32 ? 3 : 4) || operands[0] != DType::i32 ||
      operands.back() != to)
    return nullptr;
  if (isFp32 ? operands[1] != DType::f32 && operands[1] != DType::f64
             : operands[1] != DType::i32 || operands[2] != DType::i32)
    return nullptr;
  return dispatch(to, [&]<typename To>(TypeTag<To>) -> ScalarLoop {
    if constexpr (isIntegerType<To> && sizeof(To) <= 2) {
      if (isFp32)
        return operands[1] == DType::f32 ? rescaleFp32Rne<To, float>
                                         : rescaleFp32Rne<To, double>;
    }
    if constexpr (isIntegerType<To> &&
                  (sizeof(To) <= 2 || std::is_same_v<To, int32_t>)) {
      if (!isFp32)
        return op == ScalarOp::rescale_tosa_double ? rescaleTosa<To, true>
                                                   : rescaleTosa<To, false>;
    }
    return nullptr;
  });
}

template <typename T>
static void lookUp(const uint8_t *const *operands, uint8_t *result,
                   int64_t count) {
  const uint8_t *x = operands[0];
  const auto *table = reinterpret_cast<const T *>(operands[1]);
  auto *r = reinterpret_cast<T *>(result);
  for (int64_t i = 0; i < count; ++i)
    r[i] = table[x[i]];
}

ScalarLoop reference::tableLoop(DType to, DType from) {
  if ((from != DType::i8 && from != DType::u8) || to == DType::boolean)
    return nullptr;
  return dispatchWidth(
      dtypeBytes(to),
      []<typename T>(TypeTag<T>) -> ScalarLoop { return lookUp<T>; });
}
