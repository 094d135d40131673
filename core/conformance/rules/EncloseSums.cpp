// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rule R4: sums of floats, in any order. After TOSA's rule for dot products: a
// distance is counted in units of the sum of absolute values, which is the
// size of the numbers that were rounded on the way.

#include "core/conformance/rules/EncloseOp.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace glowplug::conformance {
namespace {

using image::Attributes;

/// An operand as exact sums see it: the middle of each interval, half of its
/// width, and where it is NaN.
struct Operand {
  Tensor middle, size, sizeAndError;
  bool isWide = false; ///< Some interval is no point.
  bool isKnown = true; ///< No element may be anything.
};

llvm::Expected<Operand> operandOf(const Enclosure &value) {
  Operand operand;
  for (Tensor *tensor : {&operand.middle, &operand.size, &operand.sizeAndError})
    if (llvm::Error error =
            Tensor::uninitialized(DType::f64, value.shape).moveInto(*tensor))
      return std::move(error);
  const Intervals intervals = value.asIntervals();
  for (size_t i = 0; i < intervals.size(); ++i) {
    const Interval &x = intervals[i];
    double middle = x.low == x.high ? x.low : x.low / 2 + x.high / 2;
    const double half = x.low == x.high ? 0 : x.high / 2 - x.low / 2;
    if (x.nan == NanState::maybe || !std::isfinite(half))
      operand.isKnown = false;
    if (x.nan == NanState::always)
      middle = std::numeric_limits<double>::quiet_NaN();
    operand.isWide |= half > 0;
    operand.middle.mutableElements<double>()[i] = middle;
    operand.size.mutableElements<double>()[i] = std::fabs(middle);
    operand.sizeAndError.mutableElements<double>()[i] =
        std::fabs(middle) + half;
  }
  return operand;
}

double productOf(llvm::ArrayRef<int64_t> sizes) {
  double product = 1;
  for (int64_t size : sizes)
    product *= static_cast<double>(size);
  return product;
}

/// How many terms the longest sum has.
double termsOf(const OpCall &call) {
  const llvm::ArrayRef<int64_t> input = call.operands[0].shape;
  switch (call.op.attributes_type()) {
  case Attributes::MatMul:
    return static_cast<double>(input.back());
  case Attributes::Conv: // weights [O, C / groups, kernel..]
    return productOf(llvm::ArrayRef(call.operands[1].shape).drop_front());
  case Attributes::ConvTranspose: // weights [C, O / groups, kernel..]
    return static_cast<double>(
               input[1] / call.op.attributes_as_ConvTranspose()->groups()) *
           productOf(llvm::ArrayRef(call.operands[1].shape).drop_front(2));
  case Attributes::Reduce: {
    double product = 1;
    for (int64_t dim : arrayOf(call.op.attributes_as_Reduce()->dims()))
      product *= static_cast<double>(input[static_cast<size_t>(dim)]);
    return product;
  }
  case Attributes::Window:
    return productOf(arrayOf(call.op.attributes_as_Window()->sizes()));
  case Attributes::Scan:
    return static_cast<double>(
        input[static_cast<size_t>(call.op.attributes_as_Scan()->dim())]);
  default:
    llvm_unreachable("not a sum");
  }
}

bool isProduct(const image::Op &op) {
  if (const image::Reduce *reduce = op.attributes_as_Reduce())
    return reduce->kind() == image::ReduceKind::prod;
  if (const image::Scan *scan = op.attributes_as_Scan())
    return scan->kind() == image::ReduceKind::prod;
  return false;
}

/// What one result may lose.
class Rounding {
public:
  Rounding(DType result, double terms, const FloatPromise &promise)
      : format(formatOf(result)), promise(promise) {
    const FloatFormat &sum = formatOf(accumulatorType(result));
    const double spare = (sum.fractionBits - format.fractionBits) / 2.0;
    counted = std::max(1.0, std::ceil(terms / std::exp2(spare)));
  }

  /// The terms as the rule counts them: those of a result that is narrower
  /// than its sum weigh less.
  double terms() const { return counted; }
  /// \p bound: the sum of the absolute values of the terms.
  double unit(double bound) const {
    return std::max(std::ldexp(bound, -1 - format.fractionBits),
                    format.leastNormal());
  }
  double limit(double bound) const {
    if (bound == 0)
      return 0;
    if (promise.products == FloatPromise::Products::strict)
      return 2 * counted * unit(bound);
    const auto fraction = static_cast<unsigned>(format.fractionBits);
    const double operands = promise.operandBits < fraction
                                ? std::exp2(-1.0 * promise.operandBits)
                                : 0;
    return std::max(
        bound * (operands + counted * std::exp2(-1.0 * promise.sumBits)),
        format.leastNormal());
  }
  Interval around(double exact, double limit) const {
    if (std::isnan(exact))
      return Interval::point(exact);
    if (std::isinf(exact))
      return {exact, exact, NanState::never};
    return {format.overflow(exact - limit), format.overflow(exact + limit),
            NanState::never};
  }
  bool mayOverflow(double bound) const { return bound > format.largest; }

private:
  const FloatFormat &format;
  const FloatPromise &promise;
  double counted;
};

llvm::Expected<Tensor> evaluateSums(const OpCall &call,
                                    llvm::ArrayRef<Operand> operands,
                                    Tensor Operand::*part) {
  llvm::SmallVector<Tensor, 2> tensors;
  for (const Operand &operand : operands)
    tensors.push_back(operand.*part);
  llvm::Expected<std::vector<Tensor>> results = evaluatePlain(
      call.op, tensors, TensorType(DType::f64, call.results[0].shape));
  if (!results)
    return results.takeError();
  return (*results)[0];
}

/// Sums whose sums of absolute values are \p bounds.
Enclosure encloseTerms(const OpCall &call, llvm::ArrayRef<double> exact,
                       llvm::ArrayRef<double> bounds,
                       llvm::ArrayRef<double> boundsWithErrors) {
  const TensorType &type = call.results[0];
  const Rounding rounding(type.dtype, termsOf(call), call.promise);
  Intervals intervals(exact.size());
  SumTarget target = {{exact.begin(), exact.end()}, {}, rounding.terms()};
  for (size_t i = 0; i < exact.size(); ++i) {
    const double carried = boundsWithErrors[i] - bounds[i];
    target.unit.push_back(rounding.unit(bounds[i]));
    intervals[i] =
        std::isfinite(exact[i]) && rounding.mayOverflow(bounds[i])
            ? Interval::anything()
            : rounding.around(exact[i],
                              rounding.limit(boundsWithErrors[i]) + carried);
  }
  Enclosure result = Enclosure::of(type.dtype, type.shape, intervals);
  const bool isPlain = call.promise.products == FloatPromise::Products::strict;
  if (isPlain && bounds == boundsWithErrors)
    result.sums = std::move(target);
  return result;
}

/// Products: each step rounds once; those of a reduction in the accumulator.
Enclosure encloseProducts(const OpCall &call, llvm::ArrayRef<double> exact) {
  const TensorType &type = call.results[0];
  const FloatFormat &format = formatOf(type.dtype);
  const Rounding rounding(type.dtype, 1, call.promise);
  const bool isReduction =
      call.op.attributes_type() == image::Attributes::Reduce;
  const FloatFormat &step =
      isReduction ? formatOf(accumulatorType(type.dtype)) : format;
  const double relative = termsOf(call) * std::ldexp(1, -step.fractionBits) +
                          std::ldexp(1, -format.fractionBits);
  Intervals intervals(exact.size());
  // Products on the way may leave the range, which the exact one does not say.
  for (size_t i = 0; i < exact.size(); ++i)
    intervals[i] =
        rounding.around(exact[i], std::max(std::fabs(exact[i]) * relative,
                                           format.leastNormal()));
  return Enclosure::of(type.dtype, type.shape, std::move(intervals));
}

} // namespace

Enclosures encloseSums(const OpCall &call) {
  const TensorType &type = call.results[0];
  llvm::SmallVector<Operand, 2> operands;
  bool isWide = false, isKnown = true;
  for (const Enclosure &value : call.operands) {
    llvm::Expected<Operand> operand = operandOf(value);
    if (!operand)
      return operand.takeError();
    isWide |= operand->isWide;
    isKnown &= operand->isKnown;
    operands.push_back(std::move(*operand));
  }
  const auto count = static_cast<size_t>(*elementCount(type.shape));
  const bool isJudged =
      isKnown && isFloat(type.dtype) && !(isWide && isProduct(call.op));
  if (!isJudged)
    return std::vector<Enclosure>{Enclosure::of(
        type.dtype, type.shape, Intervals(count, Interval::anything()))};

  llvm::Expected<Tensor> exact = evaluateSums(call, operands, &Operand::middle);
  if (!exact)
    return exact.takeError();
  if (isProduct(call.op))
    return std::vector<Enclosure>{
        encloseProducts(call, exact->elements<double>())};
  llvm::Expected<Tensor> bounds = evaluateSums(call, operands, &Operand::size);
  if (!bounds)
    return bounds.takeError();
  llvm::Expected<Tensor> withErrors = bounds->clone();
  if (isWide)
    withErrors = evaluateSums(call, operands, &Operand::sizeAndError);
  if (!withErrors)
    return withErrors.takeError();
  return std::vector<Enclosure>{encloseTerms(call, exact->elements<double>(),
                                             bounds->elements<double>(),
                                             withErrors->elements<double>())};
}

} // namespace glowplug::conformance
