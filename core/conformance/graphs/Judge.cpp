// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compares outputs with the interpreter's.

#include "core/conformance/graphs/Judge.h"

#include "core/driver/Decisions.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <random>

using namespace glowplug;
using namespace glowplug::graphs;

//===----------------------------------------------------------------------===//
// Truth
//===----------------------------------------------------------------------===//

llvm::Expected<Truth> Truth::make(CompiledModel compiled,
                                  std::vector<Tensor> inputs) {
  Truth truth;
  truth.compiled = std::move(compiled);
  truth.inputs = std::move(inputs);
  auto made = runReference(truth.compiled.reference, truth.inputs, 1);
  if (!made)
    return made.takeError();
  truth.expected = std::move(*made);
  return truth;
}

/// \p tensor with floats that are off by up to \p units in the last place, and
/// with zeros of one sign.
static Tensor perturb(const Tensor &tensor, double units, bool isNegative,
                      std::mt19937_64 &random) {
  Tensor copy = llvm::cantFail(tensor.clone());
  dispatch(tensor.dtype(), [&]<typename T>(TypeTag<T>) {
    if constexpr (isFloat(dtypeOf<T>)) {
      constexpr double epsilon = dtypeOf<T> == DType::f16    ? 0x1p-10
                                 : dtypeOf<T> == DType::bf16 ? 0x1p-7
                                 : dtypeOf<T> == DType::f32  ? 0x1p-23
                                                             : 0x1p-52;
      for (T &element : copy.mutableElements<T>()) {
        const double unit = static_cast<double>(random() >> 11) * 0x1p-52 - 1;
        const double value = convert<double>(element);
        element = value == 0 ? convert<T>(isNegative ? -0.0 : 0.0)
                             : convert<T>(value * (1 + units * epsilon * unit));
      }
    }
  });
  return copy;
}

const std::vector<ReferenceOutputs> &Truth::perturbed() const {
  constexpr unsigned runs = 3;
  constexpr double units = 4;
  for (unsigned i = 0; others.empty() || (i != 0 && i < runs); ++i) {
    std::mt19937_64 random(i);
    std::vector<Tensor> changed;
    for (const Tensor &input : inputs)
      changed.push_back(perturb(input, units, i % 2 != 0, random));
    auto made = runReference(compiled.reference, changed, 1);
    if (!made) {
      llvm::consumeError(made.takeError());
      break;
    }
    others.push_back(std::move(*made));
  }
  return others;
}

//===----------------------------------------------------------------------===//
// Judgement
//===----------------------------------------------------------------------===//

std::string graphs::worstElement(const Tensor &actual, const Tensor &expected) {
  const std::vector<double> a = toDoubles(actual), b = toDoubles(expected);
  size_t worst = 0;
  double most = -1;
  for (size_t i = 0; i < a.size(); ++i) {
    double error = std::abs(a[i] - b[i]);
    if (std::isnan(a[i]) != std::isnan(b[i]) || std::isinf(error))
      error = std::numeric_limits<double>::max();
    if (error > most)
      most = error, worst = i;
  }
  return a.empty() ? ""
                   : fmt::format("; element {} is {}, and should be {}", worst,
                                 a[worst], b[worst]);
}

/// The elements that are a number in one of the runs and infinite or NaN in
/// another. The least of two zeros may be either, and its reciprocal too.
static std::vector<bool> undecidedKinds(const Truth &truth, size_t k) {
  const std::vector<double> wide = toDoubles(truth.outputs().wide[k]);
  std::vector<bool> isUndecided(wide.size());
  for (const ReferenceOutputs &other : truth.perturbed())
    for (auto [i, value] : llvm::enumerate(toDoubles(other.wide[k])))
      if (value != wide[i] &&
          !(std::isfinite(value) && std::isfinite(wide[i])) &&
          !(std::isnan(value) && std::isnan(wide[i])))
        isUndecided[i] = true;
  return isUndecided;
}

/// Whether \p a is as far from \p b as \p most allows; infinities and NaN are
/// themselves only.
static bool isClose(double a, double b, double most) {
  return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= most;
}

/// Whether each element is as far from \p truth as \p most allows.
static bool isWithin(const Tensor &actual, const Tensor &truth, double most) {
  return llvm::all_of_zip(
      toDoubles(actual), toDoubles(truth),
      [&](double a, double b) { return isClose(a, b, most); });
}

/// What other decisions next to ties may do to output \p k.
static bool isDecided(const Tensor &actual, const Truth &truth, size_t k) {
  const ReferenceOutputs &expected = truth.outputs();
  const std::vector<double> declared = toDoubles(expected.declared[k]);
  double swayed = 0;
  for (const std::vector<Tensor> &run : expected.swayed)
    swayed = std::max(swayed, distanceOf(toDoubles(run[k]), declared));
  return swayed > 0 &&
         isWithin(actual, expected.declared[k], swayLimitFactor * swayed);
}

/// What errors of rounding may do to output \p k.
static bool isIllConditioned(const Tensor &actual, const Truth &truth,
                             size_t k) {
  constexpr double factor = 4;
  const std::vector<double> wide = toDoubles(truth.outputs().wide[k]);
  double moved = 0;
  for (const ReferenceOutputs &other : truth.perturbed())
    moved = std::max(moved, distanceOf(toDoubles(other.wide[k]), wide));
  const std::vector<bool> isUndecided = undecidedKinds(truth, k);
  if (moved == 0 && llvm::none_of(isUndecided, [](bool is) { return is; }))
    return false;
  const std::vector<double> got = toDoubles(actual),
                            want = toDoubles(truth.outputs().declared[k]);
  for (size_t i = 0; i < got.size(); ++i)
    if (!isUndecided[i] && !isClose(got[i], want[i], factor * moved))
      return false;
  return true;
}

Outcome graphs::judge(llvm::ArrayRef<PortInfo> ports,
                      llvm::ArrayRef<Tensor> outputs, const Truth &truth) {
  const ReferenceOutputs &expected = truth.outputs();
  Outcome outcome;
  const Comparison comparison = compareWithReference(outputs, expected);
  for (auto [k, one] : llvm::enumerate(comparison.outputs)) {
    if (one.decidedOtherwise != 0)
      outcome.result = Result::decided;
    if (one.mismatches == 0)
      continue;
    if ((one.isExact && isDecided(outputs[k], truth, k)) ||
        isIllConditioned(outputs[k], truth, k)) {
      outcome.result = Result::decided;
      continue;
    }
    return {Result::wrong,
            fmt::format("output '{}' {}: {} of {} elements outside, max error "
                        "{:.3g}, {:.3g} of the limit{}",
                        ports[k].name, outputs[k].typeString(), one.mismatches,
                        one.elements, one.maxError, one.maxErrorOverLimit,
                        worstElement(outputs[k], expected.declared[k]))};
  }
  return outcome;
}
