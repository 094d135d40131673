// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that move or choose elements rise with each of them: they are evaluated
// at the lower and the upper ends.

#include "core/conformance/rules/EncloseOp.h"
#include "core/conformance/rules/ScalarConversions.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace glowplug::conformance {
namespace {

using image::Attributes;

/// The ends of a value, and where it may be NaN, as tensors.
struct Ends {
  Tensor low, high, nan;
};

llvm::Expected<Ends> endsOf(const Enclosure &value) {
  const Intervals intervals = value.asIntervals();
  Ends ends;
  for (Tensor *tensor : {&ends.low, &ends.high, &ends.nan})
    if (llvm::Error error =
            Tensor::uninitialized(DType::f64, value.shape).moveInto(*tensor))
      return std::move(error);
  for (size_t i = 0; i < intervals.size(); ++i) {
    ends.low.mutableElements<double>()[i] = intervals[i].low;
    ends.high.mutableElements<double>()[i] = intervals[i].high;
    ends.nan.mutableElements<double>()[i] =
        static_cast<double>(intervals[i].nan);
  }
  return ends;
}

/// Whether operand \p index holds positions, which stay as they are.
bool isIndex(Attributes kind, size_t index) {
  return (kind == Attributes::Gather || kind == Attributes::Scatter) &&
         index == 1;
}

/// Nothing is known of any result.
std::vector<Enclosure> unknown(const OpCall &call) {
  std::vector<Enclosure> results;
  for (const TensorType &type : call.results)
    results.push_back(
        Enclosure::of(type.dtype, type.shape,
                      Intervals(static_cast<size_t>(*elementCount(type.shape)),
                                rangeOfType(type.dtype))));
  return results;
}

/// What min, max and the like do with NaN: it spreads to every result that
/// reads it, so the largest state counts.
bool combines(Attributes kind) {
  return kind == Attributes::Reduce || kind == Attributes::Window;
}

} // namespace

Enclosures encloseMovement(const OpCall &call) {
  const Attributes kind = call.op.attributes_type();
  const bool isUnknown =
      kind == Attributes::ArgReduce || kind == Attributes::Sort ||
      kind == Attributes::NonMaxSuppression ||
      (kind == Attributes::Scatter &&
       call.op.attributes_as_Scatter()->kind() != image::ScatterKind::assign);
  if (isUnknown)
    return unknown(call);

  std::vector<Tensor> low, high, nan;
  bool someNan = false;
  for (auto [index, operand] : llvm::enumerate(call.operands)) {
    if (isIndex(kind, index)) {
      if (!operand.isExact())
        return unknown(call);
      for (auto *operands : {&low, &high, &nan})
        operands->push_back(*operand.exact);
      continue;
    }
    llvm::Expected<Ends> ends = endsOf(operand);
    if (!ends)
      return ends.takeError();
    someNan |= llvm::any_of(ends->nan.elements<double>(),
                            [](double state) { return state != 0; });
    low.push_back(ends->low);
    high.push_back(ends->high);
    nan.push_back(ends->nan);
  }
  // A maximum of NaN states is not what min does with them.
  if (someNan && combines(kind))
    return unknown(call);

  const TensorType held = {DType::f64, call.results[0].shape};
  auto lows = evaluatePlain(call.op, low, held);
  if (!lows)
    return lows.takeError();
  auto highs = evaluatePlain(call.op, high, held);
  if (!highs)
    return highs.takeError();
  std::vector<double> states(static_cast<size_t>(*elementCount(held.shape)));
  if (someNan) {
    auto moved = evaluatePlain(call.op, nan, held);
    if (!moved)
      return moved.takeError();
    llvm::copy((*moved)[0].elements<double>(), states.begin());
  }
  Intervals intervals(states.size());
  // The identities of doubles lie beyond those of integers.
  const Interval range = rangeOfType(call.results[0].dtype);
  for (size_t i = 0; i < intervals.size(); ++i)
    intervals[i] = {
        std::clamp((*lows)[0].elements<double>()[i], range.low, range.high),
        std::clamp((*highs)[0].elements<double>()[i], range.low, range.high),
        static_cast<NanState>(static_cast<uint8_t>(states[i]))};
  return std::vector<Enclosure>{
      Enclosure::of(call.results[0].dtype, held.shape, std::move(intervals))};
}

} // namespace glowplug::conformance
