// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Says whether outputs are right.

#include "core/driver/Compare.h"

#include "core/driver/Decisions.h"
#include "core/image/image_generated.h"
#include "core/reference/Interpreter.h"
#include "core/support/Dispatch.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace glowplug;

void Comparison::add(const Comparison &other) {
  elements += other.elements;
  mismatches += other.mismatches;
  maxError = std::max(maxError, other.maxError);
  maxErrorOverLimit = std::max(maxErrorOverLimit, other.maxErrorOverLimit);
  decidedOtherwise += other.decidedOtherwise;
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// Distance of 1 to the next number of the type.
static double epsilonOf(DType type) {
  switch (type) {
  case DType::f16:
    return 0x1p-10;
  case DType::bf16:
    return 0x1p-7;
  case DType::f32:
    return 0x1p-23;
  default:
    return 0x1p-52;
  }
}

/// The bytes of both are compared; distances are for people.
static Comparison compareExactly(const Tensor &actual, const Tensor &expected) {
  Comparison result;
  result.elements = actual.elementCount();
  const size_t size = dtypeBytes(actual.dtype());
  llvm::ArrayRef<uint8_t> a = actual.bytes(), b = expected.bytes();
  if (a == b)
    return result;
  const std::vector<double> x = toDoubles(actual), y = toDoubles(expected);
  for (size_t i = 0; i < x.size(); ++i) {
    if (a.slice(i * size, size) == b.slice(i * size, size))
      continue;
    ++result.mismatches;
    result.maxError = std::max(result.maxError, std::abs(x[i] - y[i]));
  }
  return result;
}

/// Compares floats with \p expected, up to \p limit(i). \p kind says of each
/// element whether it has to be NaN or infinite.
template <typename Limit>
static Comparison compareFloats(llvm::ArrayRef<double> actual,
                                llvm::ArrayRef<double> expected,
                                llvm::ArrayRef<double> kind, Limit limit) {
  Comparison result;
  result.elements = actual.size();
  for (size_t i = 0; i < actual.size(); ++i) {
    if (!std::isfinite(kind[i]) || !std::isfinite(actual[i])) {
      const bool agree =
          std::isnan(kind[i]) ? std::isnan(actual[i]) : kind[i] == actual[i];
      result.mismatches += !agree;
      continue;
    }
    // An overflow of the declared type that the wide one does not have, or
    // the other way round, leaves nothing to measure.
    const double truth = std::isfinite(expected[i]) ? expected[i] : kind[i];
    const double error = std::abs(actual[i] - truth);
    result.maxError = std::max(result.maxError, error);
    const double allowed = limit(i);
    double ratio = 0;
    if (error > 0)
      ratio =
          allowed > 0 ? error / allowed : std::numeric_limits<double>::max();
    result.maxErrorOverLimit = std::max(result.maxErrorOverLimit, ratio);
    result.mismatches += error > allowed;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The reference
//===----------------------------------------------------------------------===//

llvm::Expected<ReferenceOutputs>
glowplug::runReference(const ReferenceProgram &program,
                       llvm::ArrayRef<Tensor> inputs, unsigned threads) {
  llvm::SmallVector<Tensor> arguments;
  for (size_t position : program.inputs)
    arguments.push_back(inputs[position]);
  const image::Program &image = *image::GetProgram(program.image.data());
  InterpreterOptions options;
  options.threads = threads;
  Decisions decisions;
  options.decisions = decisions.record();
  llvm::Expected<std::vector<Tensor>> declared =
      interpret(image, arguments, program.segments, options);
  if (!declared)
    return declared.takeError();
  options.precision = Precision::wide;
  options.decisions = decisions.follow();
  llvm::Expected<std::vector<Tensor>> wide =
      interpret(image, arguments, program.segments, options);
  if (!wide)
    return wide.takeError();
  ReferenceOutputs result{std::move(*declared), std::move(*wide), {}};
  for (unsigned i = 0; i < swayCount && decisions.areClose(); ++i) {
    options.decisions = decisions.sway(i);
    llvm::Expected<std::vector<Tensor>> swayed =
        interpret(image, arguments, program.segments, options);
    if (!swayed)
      return swayed.takeError();
    result.swayed.push_back(std::move(*swayed));
  }
  return result;
}

/// How many units in the last place of the largest value are always allowed:
/// where the references agree exactly (a copy, or a sum of few terms), another
/// order of operations still costs some.
static constexpr double floorUlps = 4;

Comparison glowplug::compareWithReference(llvm::ArrayRef<Tensor> outputs,
                                          const ReferenceOutputs &expected) {
  Comparison all;
  for (size_t k = 0; k < outputs.size(); ++k) {
    const Tensor &actual = outputs[k];
    if (!isFloat(actual.dtype())) {
      all.add(compareExactly(actual, expected.declared[k]));
      continue;
    }
    const std::vector<double> values = toDoubles(actual);
    const std::vector<double> declared = toDoubles(expected.declared[k]);
    const std::vector<double> wide = toDoubles(expected.wide[k]);
    const double distance = distanceOf(declared, wide);
    double largest = 0;
    for (size_t i = 0; i < wide.size(); ++i)
      if (std::isfinite(wide[i]) && std::isfinite(declared[i]))
        largest = std::max(largest, std::abs(wide[i]));
    double swayed = 0;
    for (const std::vector<Tensor> &run : expected.swayed)
      swayed = std::max(swayed, distanceOf(toDoubles(run[k]), wide));
    const double equal =
        std::max(errorLimitFactor * distance,
                 floorUlps * epsilonOf(actual.dtype()) * largest);
    const double limit = equal + swayLimitFactor * swayed;
    Comparison result =
        compareFloats(values, wide, declared, [&](size_t) { return limit; });
    const Comparison strict =
        compareFloats(values, wide, declared, [&](size_t) { return equal; });
    result.decidedOtherwise = strict.mismatches - result.mismatches;
    all.add(result);
  }
  return all;
}

Comparison glowplug::compareWithFiles(llvm::ArrayRef<Tensor> outputs,
                                      llvm::ArrayRef<Tensor> expected,
                                      const FileTolerance &tolerance) {
  Comparison all;
  for (size_t k = 0; k < outputs.size(); ++k) {
    if (!isFloat(outputs[k].dtype())) {
      all.add(compareExactly(outputs[k], expected[k]));
      continue;
    }
    const std::vector<double> values = toDoubles(outputs[k]);
    const std::vector<double> truth = toDoubles(expected[k]);
    double largest = 0;
    for (double value : truth)
      if (std::isfinite(value))
        largest = std::max(largest, std::abs(value));
    all.add(compareFloats(values, truth, truth, [&](size_t i) {
      const double element =
          tolerance.absolute + tolerance.relative * std::abs(truth[i]);
      return std::max(element, tolerance.relativeToMax * largest);
    }));
  }
  return all;
}
