// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Judges outputs element by element.

#include "core/conformance/rules/Compare.h"

#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace glowplug::conformance {
namespace {

/// "[0,2,5]"
std::string positionOf(size_t element, llvm::ArrayRef<int64_t> shape) {
  std::string text;
  for (size_t i = shape.size(); i-- > 0;) {
    const auto size = static_cast<size_t>(shape[i]);
    text = fmt::format("{}{}{}", element % size, text.empty() ? "" : ",", text);
    element /= size;
  }
  return "[" + text + "]";
}

template <typename T>
std::string textOf(T value) {
  if constexpr (std::is_same_v<T, Boolean>)
    return static_cast<bool>(value) ? "true" : "false";
  else if constexpr (std::is_integral_v<T>)
    return fmt::format("{}", value);
  else
    return fmt::format("{:.9g}", convert<double>(value));
}

void note(Measurement &measurement, const std::string &where,
          const std::string &got, const std::string &want,
          const std::string &limit) {
  if (measurement.mismatches++ != 0)
    return;
  measurement.where = where;
  measurement.got = got;
  measurement.want = want;
  measurement.limit = limit;
}

/// Whether two elements are the same to a rule that leaves open what a NaN
/// holds, and maybe the sign of a zero.
template <typename T>
bool areSame(T got, T want, bool keepsZeroSigns) {
  if constexpr (std::is_integral_v<T> || std::is_same_v<T, Boolean>) {
    return std::memcmp(&got, &want, sizeof(T)) == 0;
  } else {
    const auto a = convert<double>(got), b = convert<double>(want);
    if (std::isnan(a) || std::isnan(b))
      return std::isnan(a) && std::isnan(b);
    return a == b && (!keepsZeroSigns || std::signbit(a) == std::signbit(b));
  }
}

Measurement compareExactly(const Tensor &got, const Tensor &want,
                           bool keepsZeroSigns) {
  Measurement result;
  result.elements = static_cast<uint64_t>(got.elementCount());
  dispatch(got.dtype(), [&]<typename T>(TypeTag<T>) {
    const llvm::ArrayRef<T> a = got.elements<T>(), b = want.elements<T>();
    for (size_t i = 0; i < a.size(); ++i)
      if (!areSame(a[i], b[i], keepsZeroSigns))
        note(result, positionOf(i, got.shape()), textOf(a[i]), textOf(b[i]),
             "0");
  });
  return result;
}

bool isWithin(double got, const Interval &target) {
  if (std::isnan(got))
    return target.nan != NanState::never;
  return target.nan != NanState::always && got >= target.low &&
         got <= target.high;
}

/// The distance from the middle, as a multiple of what is allowed.
double overLimit(double got, const Interval &target) {
  const double half = target.high / 2 - target.low / 2;
  if (!(half > 0) || !std::isfinite(half) || !std::isfinite(got))
    return 0;
  return std::fabs(got - (target.low / 2 + target.high / 2)) / half;
}

void compareIntervals(const Tensor &got, const Enclosure &target,
                      Measurement &result) {
  const std::vector<double> values = toDoubles(got);
  for (size_t i = 0; i < values.size(); ++i) {
    const Interval &allowed = target.intervals[i];
    result.worst = std::max(result.worst, overLimit(values[i], allowed));
    if (isWithin(values[i], allowed))
      continue;
    const double half = allowed.high / 2 - allowed.low / 2;
    note(result, positionOf(i, target.shape), fmt::format("{:.9g}", values[i]),
         allowed.nan == NanState::always
             ? "nan"
             : fmt::format("{:.9g}", allowed.low / 2 + allowed.high / 2),
         fmt::format("{:.3g}", half));
  }
}

/// Too few sums say nothing of their mean.
constexpr size_t leastSums = 1000;

std::optional<Measurement::Moments> momentsOf(const Tensor &got,
                                              const SumTarget &target) {
  const std::vector<double> values = toDoubles(got);
  if (values.size() < leastSums)
    return std::nullopt;
  double squares = 0, sum = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(target.exact[i]) || !std::isfinite(values[i]))
      return std::nullopt;
    const double error = (values[i] - target.exact[i]) / target.unit[i];
    squares += error * error;
    sum += error;
  }
  const auto count = static_cast<double>(values.size());
  Measurement::Moments moments;
  moments.square = squares / count;
  moments.squareLimit = 1.6 * target.terms;
  moments.bias = sum / count;
  moments.biasLimit = std::sqrt(16 * target.terms / count);
  return moments;
}

} // namespace

Measurement compare(const Tensor &got, const Enclosure &target) {
  if (target.isExact())
    return compareExactly(got, *target.exact, target.keepsZeroSigns);
  Measurement result;
  result.elements = static_cast<uint64_t>(got.elementCount());
  compareIntervals(got, target, result);
  if (target.sums)
    result.moments = momentsOf(got, *target.sums);
  return result;
}

Measurement compareBytes(const Tensor &got, const Tensor &want) {
  Measurement result;
  result.elements = static_cast<uint64_t>(got.elementCount());
  const unsigned width = dtypeBytes(got.dtype());
  dispatch(got.dtype(), [&]<typename T>(TypeTag<T>) {
    for (size_t i = 0; i < result.elements; ++i)
      if (std::memcmp(got.bytes().data() + i * width,
                      want.bytes().data() + i * width, width) != 0)
        note(result, positionOf(i, got.shape()), textOf(got.elements<T>()[i]),
             textOf(want.elements<T>()[i]), "0");
  });
  return result;
}

double openShare(const Enclosure &target, double scale) {
  if (target.isExact() || target.intervals.empty())
    return 0;
  double largest = 0;
  for (const Interval &interval : target.intervals)
    for (const double end : {interval.low, interval.high})
      if (std::isfinite(end))
        largest = std::max(largest, std::fabs(end));
  const double most = isFloat(target.dtype)
                          ? std::max(largest / 2, scale / 100)
                          : std::exp2(8.0 * dtypeBytes(target.dtype) - 3);
  size_t open = 0;
  for (const Interval &interval : target.intervals) {
    const bool isPoint = interval.low == interval.high; // maybe infinite
    if (interval.nan == NanState::maybe ||
        !(isPoint || interval.high - interval.low <= most))
      ++open;
  }
  return static_cast<double>(open) /
         static_cast<double>(target.intervals.size());
}

} // namespace glowplug::conformance
