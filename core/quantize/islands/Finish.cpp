// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Brings exact sums back to narrow integers, by ONNX Runtime's formula.

#include "core/quantize/islands/Finish.h"

#include "core/prim/Quantized.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

/// How far an integer bias may be from the real one, in steps of the output:
/// only where a result lies that close to a tie can it round differently.
static constexpr double mostBiasError = 1.0 / 64;

/// Two scales that are nearer than this are one that was rounded twice.
static constexpr double sameScale = 1.0 / (1 << 20);

namespace {

class Finisher {
public:
  Finisher(prim::PrimBuilder &builder, const Sum &sum, const Tail &tail)
      : b(builder), sum(sum), tail(tail) {}

  Value make();

private:
  std::optional<Numbers> exactBias() const;
  std::optional<Numbers> roundedBias(const Numbers &scale) const;
  bool fits(const Numbers &bias) const;
  Value makeIntegers();
  Value makeReals();

  Type i32() const { return b.builder.getI32Type(); }
  Type f32() const { return b.builder.getF32Type(); }

  prim::PrimBuilder &b;
  const Sum &sum;
  const Tail &tail;
};

} // namespace

/// Whether no sum overflows with \p bias.
bool Finisher::fits(const Numbers &bias) const {
  return llvm::all_of(bias.values, [&](double value) {
    return std::abs(value) + sum.most <= mostSum;
  });
}

/// The integers of a bias whose scale is the unit of the sum.
std::optional<Numbers> Finisher::exactBias() const {
  const Bias &bias = *tail.bias;
  if (!bias.integers || tail.divisor.values != std::vector<double>{1})
    return std::nullopt;
  const Numbers error =
      combine(bias.scale, sum.unit, [](double scale, double unit) {
        return std::abs(scale / unit - 1);
      });
  if (llvm::any_of(error.values, [](double e) { return !(e <= sameScale); }) ||
      !fits(*bias.integers))
    return std::nullopt;
  return bias.integers;
}

/// The bias in units of the sum, rounded, if that hardly changes any result. \p
/// scale is from units to steps of the output.
std::optional<Numbers> Finisher::roundedBias(const Numbers &scale) const {
  const Bias &bias = *tail.bias;
  const Numbers real = bias.integers
                           ? combine(*bias.integers, bias.scale,
                                     [](double q, double s) { return q * s; })
                           : bias.value;
  const Numbers unit =
      combine(sum.unit, tail.divisor, [](double a, double b) { return a / b; });
  const Numbers exact =
      combine(real, unit, [](double a, double b) { return a / b; });
  const Numbers rounded =
      exact.mapped([](double x) { return std::nearbyint(x); });
  const Numbers lost =
      combine(exact, rounded, [](double a, double b) { return a - b; });
  const Numbers error =
      combine(lost, scale, [](double a, double b) { return std::abs(a * b); });
  if (llvm::any_of(error.values,
                   [](double e) { return !(e <= mostBiasError); }) ||
      !fits(rounded))
    return std::nullopt;
  return rounded;
}

/// The offset and \p bias in one; nothing where there is neither.
static std::optional<Numbers> addOffset(std::optional<Numbers> bias,
                                        const std::optional<Numbers> &offset) {
  if (!bias || !offset)
    return bias ? bias : offset;
  return combine(*bias, *offset, [](double a, double b) { return a + b; });
}

/// Integers of \p limit under \p params.
static Numbers quantizeLimit(const Numbers &limit, const QuantParams &params) {
  return combine(overF32(limit, params.scale), params.zp,
                 [&](double quotient, double zp) {
                   return quantizeNumber(quotient, 1, zp, params.type);
                 })
      .collapsed();
}

/// Whether no integer of \p type is beyond \p limit.
static bool isVoid(const Limit &limit, const Numbers &value, Type type) {
  const auto [low, high] = rangeOf(type);
  return llvm::all_of(value.values,
                      [&, lowest = low, highest = high](double x) {
                        return x == (limit.isLow ? lowest : highest);
                      });
}

Value Finisher::makeIntegers() {
  const QuantParams &params = *tail.output;
  const Numbers scale =
      overF32(sum.unit, timesF32(params.scale, tail.divisor)).collapsed();
  std::optional<Numbers> integers, reals;
  if (tail.bias) {
    integers = exactBias();
    if (!integers)
      integers = roundedBias(scale);
    if (!integers) // in units of the sum
      reals = overF32(timesF32(tail.bias->value, tail.divisor), sum.unit);
  }
  integers = addOffset(integers, sum.offset);

  SmallVector<Value> operands{sum.value};
  auto constant = [&](const Numbers &numbers, Type type) {
    operands.push_back(numbers.collapsed().build(b, type));
    return operands.size() - 1;
  };
  const size_t countAt = sum.average ? constant(sum.average->count, f32()) : 0;
  const size_t scaleAt = sum.average ? 0 : constant(scale, f32());
  const size_t zpAt = sum.average ? 0 : constant(params.zp, params.type);
  const size_t biasAt = integers ? constant(*integers, i32()) : 0;
  const size_t realAt = reals ? constant(*reals, f32()) : 0;
  SmallVector<std::pair<bool, size_t>> limits;
  for (const Limit &limit : tail.limits)
    if (const Numbers value = quantizeLimit(limit.value, params);
        !isVoid(limit, value, params.type))
      limits.emplace_back(limit.isLow, constant(value, params.type));

  return b.map(operands, [&](prim::ScalarBuilder &s, ValueRange v) {
    Value total = biasAt ? s.add(v[0], v[biasAt]) : v[0];
    Value result;
    if (realAt) {
      Value real = s.add(s.cast(total, f32()), v[realAt]);
      result =
          s.quantize(s.mul(real, v[scaleAt]), s.number(1.0, f32()), v[zpAt]);
    } else if (sum.average) {
      result = prim::quantizedAverage(s, total, v[countAt],
                                      scalarsOf(s, sum.average->elements),
                                      scalarsOf(s, params));
    } else if (sum.roundsLast) {
      result = prim::quantizeShifted(s, total, v[scaleAt], v[zpAt]);
    } else {
      result = s.rescaleFp32Rne(total, v[scaleAt], v[zpAt]);
    }
    for (auto [isLow, at] : limits)
      result = isLow ? s.max(result, v[at]) : s.min(result, v[at]);
    return result;
  });
}

/// No quantize follows: the sum as a real number.
Value Finisher::makeReals() {
  std::optional<Numbers> integers, reals;
  if (tail.bias) {
    integers = exactBias();
    if (!integers)
      reals = tail.bias->value;
  }
  integers = addOffset(integers, sum.offset);
  SmallVector<Value> operands{sum.value, sum.unit.collapsed().build(b, f32())};
  if (integers)
    operands.push_back(integers->collapsed().build(b, i32()));
  if (reals)
    operands.push_back(reals->collapsed().build(b, f32()));
  return b.map(operands, [&](prim::ScalarBuilder &s, ValueRange v) {
    Value total = integers ? s.add(v[0], v[2]) : v[0];
    Value real = s.dequantize(total, v[1], s.number(int64_t{0}, i32()));
    return reals ? s.add(real, v.back()) : real;
  });
}

Value Finisher::make() { return tail.output ? makeIntegers() : makeReals(); }

Value islands::limitIntegers(prim::ScalarBuilder &scalars, Value integer,
                             const Tail &tail) {
  const Type type = tail.output->type;
  for (const Limit &limit : tail.limits) {
    const Numbers value = quantizeLimit(limit.value, *tail.output);
    if (isVoid(limit, value, type))
      continue;
    Value number = scalars.number(static_cast<int64_t>(value.values[0]), type);
    integer = limit.isLow ? scalars.max(integer, number)
                          : scalars.min(integer, number);
  }
  return integer;
}

Value islands::finish(prim::PrimBuilder &builder, const Sum &sum,
                      const Tail &tail) {
  return Finisher(builder, sum, tail).make();
}
