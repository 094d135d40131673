// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar ops between types: all rise or fall with their first operand.

#include "core/conformance/rules/ScalarConversions.h"

#include "core/conformance/rules/FloatFormat.h"
#include "core/conformance/rules/ScalarLimit.h"
#include "core/reference/Scalar.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace glowplug::conformance {

using image::ScalarOp;

Interval rangeOfType(DType type) {
  if (isFloat(type))
    return Interval::anything();
  return dispatch(type, []<typename T>(TypeTag<T>) -> Interval {
    if constexpr (std::is_same_v<T, Boolean>)
      return {0, 1, NanState::never};
    else if constexpr (std::is_integral_v<T>)
      return {static_cast<double>(std::numeric_limits<T>::min()),
              static_cast<double>(std::numeric_limits<T>::max()),
              NanState::never};
    else
      return Interval::anything();
  });
}

/// A scalar of one type.
using Bits = std::array<uint8_t, 8>;

static Bits bitsOf(DType type, double value) {
  Bits bits = {};
  dispatch(type, [&]<typename T>(TypeTag<T>) {
    const T converted = convert<T>(value);
    std::memcpy(bits.data(), &converted, sizeof(T));
  });
  return bits;
}

static double valueOf(DType type, const Bits &bits) {
  return dispatch(type, [&]<typename T>(TypeTag<T>) {
    T value;
    std::memcpy(&value, bits.data(), sizeof(T));
    return convert<double>(value);
  });
}

/// \p op in its types, as the interpreter does it.
static double exactly(ScalarOp op, llvm::ArrayRef<DType> types, DType to,
                      llvm::ArrayRef<double> operands) {
  llvm::SmallVector<Bits, 4> storage;
  llvm::SmallVector<const uint8_t *, 4> pointers;
  for (auto [type, operand] : llvm::zip_equal(types, operands))
    storage.push_back(bitsOf(type, operand));
  for (const Bits &bits : storage)
    pointers.push_back(bits.data());
  Bits result = {};
  reference::scalarLoop(op, to, types)(pointers.data(), result.data(), 1);
  return valueOf(to, result);
}

/// \p op at both ends of its first operand.
static Interval atEnds(ScalarOp op, llvm::ArrayRef<DType> types, DType to,
                       llvm::ArrayRef<Interval> operands) {
  for (const Interval &operand : operands.drop_front())
    if (operand.low != operand.high)
      return rangeOfType(to);
  llvm::SmallVector<double, 4> values;
  for (const Interval &operand : operands)
    values.push_back(operand.low);
  const double low = exactly(op, types, to, values);
  values[0] = operands[0].high;
  const double high = exactly(op, types, to, values);
  return {std::min(low, high), std::max(low, high), NanState::never};
}

Interval castInterval(const Interval &x, DType from, DType to) {
  // The sign of a zero aside, every cast but one rises with its operand.
  if (to == DType::boolean) {
    if (x.low > 0 || x.high < 0)
      return Interval::point(1);
    return x.low == x.high ? Interval::point(0) : rangeOfType(to);
  }
  if (isFloat(to)) {
    const auto rounded = [&](double value) {
      return valueOf(to, bitsOf(to, value));
    };
    return {rounded(x.low), rounded(x.high), NanState::never};
  }
  if (isFloat(from))
    return {exactly(ScalarOp::cast, DType::f64, to, x.low),
            exactly(ScalarOp::cast, DType::f64, to, x.high), NanState::never};
  const Interval range = rangeOfType(to);
  return x.low < range.low || x.high > range.high ? range : x; // it wraps
}

Interval quantizeInterval(llvm::ArrayRef<DType> types, DType to,
                          llvm::ArrayRef<Interval> operands) {
  return atEnds(ScalarOp::quantize, types, to, operands);
}

Interval rescaleInterval(ScalarOp op, llvm::ArrayRef<DType> types, DType to,
                         llvm::ArrayRef<Interval> operands) {
  return atEnds(op, types, to, operands);
}

Interval dequantizeInterval(DType to, llvm::ArrayRef<Interval> operands) {
  const Interval &q = operands[0], &scale = operands[1], &zero = operands[2];
  const FloatFormat &format = formatOf(to);
  Interval result = {std::numeric_limits<double>::infinity(),
                     -std::numeric_limits<double>::infinity(), NanState::never};
  for (const double difference : {q.low - zero.high, q.high - zero.low})
    for (const double factor : {scale.low, scale.high}) {
      const double exact = difference * factor;
      if (std::isnan(exact))
        return Interval::anything();
      const double margin =
          scalarLimit(ScalarOp::dequantize, to, difference, exact);
      result.low = std::min(result.low, format.overflow(exact - margin));
      result.high = std::max(result.high, format.overflow(exact + margin));
    }
  return result;
}

Interval tableInterval(llvm::ArrayRef<double> entries, const Interval &x) {
  Interval result = {std::numeric_limits<double>::infinity(),
                     -std::numeric_limits<double>::infinity(), NanState::never};
  for (auto value = static_cast<int>(x.low); value <= x.high; ++value) {
    const auto index = static_cast<uint8_t>(value); // its bits
    const double entry = entries[index];
    if (std::isnan(entry)) {
      result.nan = NanState::maybe;
      continue;
    }
    result.low = std::min(result.low, entry);
    result.high = std::max(result.high, entry);
  }
  if (result.low > result.high)
    return {0, 0, NanState::always};
  return result;
}

} // namespace glowplug::conformance
