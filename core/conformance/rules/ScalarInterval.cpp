// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar ops over intervals: values at the ends, those between them that are
// more extreme, and what rounding adds.

#include "core/conformance/rules/ScalarInterval.h"

#include "core/conformance/rules/ScalarConversions.h"
#include "core/conformance/rules/ScalarLimit.h"
#include "core/reference/Scalar.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace glowplug::conformance {
namespace {

using image::ScalarOp;
using Operands = llvm::ArrayRef<Interval>;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Beyond this a double does not hold every integer.
constexpr double largestExact = 0x1p53;

/// \p op in double.
double at(ScalarOp op, llvm::ArrayRef<double> operands) {
  const llvm::SmallVector<DType, 3> types(operands.size(), DType::f64);
  const reference::ScalarLoop loop =
      reference::scalarLoop(op, DType::f64, types);
  llvm::SmallVector<const uint8_t *, 3> pointers;
  for (const double &operand : operands)
    pointers.push_back(reinterpret_cast<const uint8_t *>(&operand));
  double result = 0;
  loop(pointers.data(), reinterpret_cast<uint8_t *>(&result), 1);
  return result;
}

/// The values of \p op at all combinations of ends, and the margin that \p
/// marginAt(first operand, value) adds to each.
template <typename Margin>
Interval atCorners(ScalarOp op, Operands operands, Margin marginAt) {
  Interval result = {infinity, -infinity, NanState::never};
  bool someNan = false;
  for (unsigned corner = 0; corner < 1u << operands.size(); ++corner) {
    llvm::SmallVector<double, 3> ends;
    for (size_t i = 0; i < operands.size(); ++i)
      ends.push_back(corner >> i & 1 ? operands[i].high : operands[i].low);
    const double value = at(op, ends);
    if (std::isnan(value)) {
      someNan = true;
      continue;
    }
    const double margin = marginAt(ends[0], value);
    result.low = std::min(result.low, value - margin);
    result.high = std::max(result.high, value + margin);
  }
  const bool allNan = result.low > result.high;
  const bool arePoints =
      llvm::all_of(operands, [](const Interval &x) { return x.low == x.high; });
  if (allNan && arePoints)
    return {0, 0, NanState::always};
  return someNan ? Interval::anything() : result;
}

/// Whether some turning point offset + k * pi lies within \p x.
bool turns(const Interval &x, double offset) {
  constexpr double pi = std::numbers::pi;
  return std::floor((x.low - offset) / pi) !=
         std::floor((x.high - offset) / pi);
}

bool holdsZero(const Interval &x) { return x.low <= 0 && x.high >= 0; }

bool holdsInfinity(const Interval &x) {
  return x.low == -infinity || x.high == infinity;
}

/// Whether the ends say nothing of what is between them.
bool isWild(ScalarOp op, Operands operands) {
  const auto isWide = [](const Interval &x) { return x.low != x.high; };
  if (llvm::none_of(operands, isWide))
    return false;
  switch (op) {
  case ScalarOp::mul: // 0 * infinity is NaN
    return (holdsInfinity(operands[0]) && holdsZero(operands[1])) ||
           (holdsZero(operands[0]) && holdsInfinity(operands[1]));
  case ScalarOp::div:
    return holdsZero(operands[1]);
  case ScalarOp::rem:
    return true;
  case ScalarOp::pow:
    return operands[0].low <= 0;
  case ScalarOp::tan:
    return turns(operands[0], std::numbers::pi / 2);
  default:
    return false;
  }
}

/// Adds what lies between the ends of \p x.
void addTurns(ScalarOp op, const Interval &x, Interval &result) {
  if (x.low == x.high)
    return;
  if ((op == ScalarOp::abs || op == ScalarOp::cosh) && holdsZero(x))
    result.low = op == ScalarOp::abs ? 0 : 1;
  if ((op == ScalarOp::sin && turns(x, std::numbers::pi / 2)) ||
      (op == ScalarOp::cos && turns(x, 0))) {
    result.low = -1;
    result.high = 1;
  }
}

/// No implementation leaves the range of its function.
void keepRange(ScalarOp op, Interval &result) {
  switch (op) {
  case ScalarOp::tanh:
  case ScalarOp::erf:
  case ScalarOp::sin:
  case ScalarOp::cos:
    result.low = std::max(result.low, -1.0);
    result.high = std::min(result.high, 1.0);
    return;
  case ScalarOp::exp:
  case ScalarOp::sqrt:
    result.low = std::max(result.low, 0.0);
    return;
  default:
    return;
  }
}

Interval floatOp(const ScalarCall &call, Operands operands) {
  if (isWild(call.op, operands))
    return Interval::anything();
  Interval result = atCorners(call.op, operands, [&](double x, double exact) {
    return scalarLimit(call.op, call.result, x, exact);
  });
  if (result.nan != NanState::never)
    return result;
  addTurns(call.op, operands[0], result);
  keepRange(call.op, result);
  const FloatFormat &format = formatOf(call.result);
  result.low = format.overflow(result.low);
  result.high = format.overflow(result.high);
  return result;
}

/// Integers, some of which follow from floats that may differ.
Interval integerOp(const ScalarCall &call, Operands operands) {
  const Interval range = rangeOfType(call.result);
  switch (call.op) {
  case ScalarOp::neg:
  case ScalarOp::abs:
  case ScalarOp::sign:
  case ScalarOp::add:
  case ScalarOp::sub:
  case ScalarOp::mul:
  case ScalarOp::min:
  case ScalarOp::max:
    break;
  default:
    return range;
  }
  Interval result =
      atCorners(call.op, operands, [](double, double) { return 0; });
  addTurns(call.op, operands[0], result);
  // It wraps, or is no longer exact.
  if (result.low < std::max(range.low, -largestExact) ||
      result.high > std::min(range.high, largestExact))
    return range;
  return result;
}

Interval truth(bool canBeFalse, bool canBeTrue) {
  return {canBeFalse ? 0.0 : 1.0, canBeTrue ? 1.0 : 0.0, NanState::never};
}

Interval comparison(ScalarOp op, const Interval &a, const Interval &b) {
  // Any of a > b, a == b and a < b may be.
  const bool less = a.low<b.high, greater = a.high> b.low;
  const bool equal = a.low <= b.high && b.low <= a.high;
  const bool same = a.low == a.high && b.low == b.high && a.low == b.low;
  Interval result;
  switch (op) {
  case ScalarOp::eq:
    result = truth(!same, equal);
    break;
  case ScalarOp::ne:
    result = truth(equal, !same);
    break;
  case ScalarOp::lt:
    result = truth(greater || equal, less);
    break;
  case ScalarOp::le:
    result = truth(greater, less || equal);
    break;
  case ScalarOp::gt:
    result = truth(less || equal, greater);
    break;
  default:
    result = truth(less, greater || equal);
    break;
  }
  const double withNan = op == ScalarOp::ne ? 1 : 0;
  if (a.nan == NanState::always || b.nan == NanState::always)
    return Interval::point(withNan);
  if (a.nan == NanState::maybe || b.nan == NanState::maybe)
    return {std::min(result.low, withNan), std::max(result.high, withNan),
            NanState::never};
  return result;
}

Interval hull(const Interval &a, const Interval &b) {
  if (a.nan == NanState::always && b.nan == NanState::always)
    return a;
  const bool maybe = a.nan != NanState::never || b.nan != NanState::never;
  const NanState nan = maybe ? NanState::maybe : NanState::never;
  if (a.nan == NanState::always)
    return {b.low, b.high, nan};
  if (b.nan == NanState::always)
    return {a.low, a.high, nan};
  return {std::min(a.low, b.low), std::max(a.high, b.high), nan};
}

/// With 0 in the place of subnormals, or also.
Interval flushed(Interval x, DType type, const FloatPromise &promise) {
  if (!promise.flushesSubnormals || !isFloat(type))
    return x;
  const double least = formatOf(type).leastNormal();
  if (x.low > 0 && x.low < least)
    x.low = 0;
  if (x.high < 0 && x.high > -least)
    x.high = 0;
  return x;
}

NanState nanOf(Operands operands) {
  NanState state = NanState::never;
  for (const Interval &operand : operands)
    state = std::max(state, operand.nan);
  return state;
}

/// Of operands that are no NaN.
Interval evaluateNumbers(const ScalarCall &call, Operands operands) {
  switch (call.op) {
  case ScalarOp::cast:
    return castInterval(operands[0], call.operands[0], call.result);
  case ScalarOp::quantize:
    return quantizeInterval(call.operands, call.result, operands);
  case ScalarOp::dequantize:
    return dequantizeInterval(call.result, operands);
  case ScalarOp::rescale_fp32_rne:
  case ScalarOp::rescale_tosa_single:
  case ScalarOp::rescale_tosa_double:
    return rescaleInterval(call.op, call.operands, call.result, operands);
  case ScalarOp::table:
    return tableInterval(call.table, operands[0]);
  case ScalarOp::is_inf:
    return std::isfinite(operands[0].low) && std::isfinite(operands[0].high)
               ? Interval::point(0)
           : operands[0].low == operands[0].high ? Interval::point(1)
                                                 : truth(true, true);
  default:
    return isFloat(call.result) ? floatOp(call, operands)
                                : integerOp(call, operands);
  }
}

} // namespace

Interval evaluate(const ScalarCall &call, Operands given,
                  const FloatPromise &promise) {
  llvm::SmallVector<Interval, 4> operands;
  for (auto [operand, type] : llvm::zip_equal(given, call.operands))
    operands.push_back(flushed(operand, type, promise));

  if (call.op >= ScalarOp::eq && call.op <= ScalarOp::ge)
    return comparison(call.op, operands[0], operands[1]);
  if (call.op == ScalarOp::bitcast)
    return rangeOfType(call.result); // of an operand that is not exact
  if (call.op == ScalarOp::select) {
    const Interval &condition = operands[0];
    if (condition.low == condition.high)
      return condition.low != 0 ? operands[1] : operands[2];
    return hull(operands[1], operands[2]);
  }
  const NanState nan = nanOf(operands);
  if (call.op == ScalarOp::is_nan)
    return truth(nan != NanState::always, nan != NanState::never);

  // Also pow has values for some NaN.
  const auto isKnown = [](const Interval &x) {
    return x.low == x.high && x.nan != NanState::maybe;
  };
  if (call.op == ScalarOp::pow && nan == NanState::always &&
      llvm::all_of(operands, isKnown)) {
    const auto valueOf = [](const Interval &x) {
      return x.nan == NanState::always
                 ? std::numeric_limits<double>::quiet_NaN()
                 : x.low;
    };
    return Interval::point(
        at(call.op, {valueOf(operands[0]), valueOf(operands[1])}));
  }
  // A NaN becomes a NaN; an integer of it is 0 before a zero point.
  const bool keepsNan = isFloat(call.result);
  if (nan == NanState::always && keepsNan)
    return {0, 0, NanState::always};
  if (nan != NanState::never && !keepsNan)
    return rangeOfType(call.result);
  Interval result =
      flushed(evaluateNumbers(call, operands), call.result, promise);
  if (nan == NanState::maybe)
    result.nan = std::max(result.nan, NanState::maybe);
  return result;
}

} // namespace glowplug::conformance
