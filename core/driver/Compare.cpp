// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Says whether outputs are right.

#include "core/driver/Compare.h"

#include "core/driver/Decisions.h"
#include "core/image/Types.h"
#include "core/reference/Interpreter.h"
#include "core/support/Dispatch.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

using namespace glowplug;

//===----------------------------------------------------------------------===//
// What is found
//===----------------------------------------------------------------------===//

bool OutputComparison::isVacuous() const {
  return static_cast<double>(decidedOtherwise) >
         mostDecidedOtherwise * static_cast<double>(elements);
}

CompareVerdict Comparison::verdict() const {
  if (total().mismatches != 0)
    return CompareVerdict::fail;
  return llvm::any_of(
             outputs,
             [](const OutputComparison &one) { return one.isVacuous(); })
             ? CompareVerdict::notComparable
             : CompareVerdict::pass;
}

OutputComparison Comparison::total() const {
  OutputComparison all;
  for (const OutputComparison &one : outputs) {
    all.elements += one.elements;
    all.mismatches += one.mismatches;
    all.nanForNumber += one.nanForNumber;
    all.numberForNan += one.numberForNan;
    all.infinite += one.infinite;
    all.maxError = std::max(all.maxError, one.maxError);
    all.maxErrorOverLimit =
        std::max(all.maxErrorOverLimit, one.maxErrorOverLimit);
    all.decidedOtherwise += one.decidedOtherwise;
  }
  return all;
}

size_t Comparison::firstWrong() const {
  return llvm::find_if(
             outputs,
             [](const OutputComparison &one) { return one.mismatches != 0; }) -
         outputs.begin();
}

size_t Comparison::worstWrong() const {
  return std::max_element(
             outputs.begin(), outputs.end(),
             [](const OutputComparison &a, const OutputComparison &b) {
               return a.worst.severity < b.worst.severity;
             }) -
         outputs.begin();
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

static constexpr double worstSeverity = std::numeric_limits<double>::max();

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

/// Row-major coordinates of element \p i.
static std::vector<int64_t> indexOf(llvm::ArrayRef<int64_t> shape, size_t i) {
  std::vector<int64_t> index(shape.size());
  auto rest = static_cast<int64_t>(i);
  for (size_t dim = shape.size(); dim-- > 0; rest /= shape[dim])
    index[dim] = rest % shape[dim];
  return index;
}

/// \p value, which stands for a float of \p type, in as few digits as tell it
/// from its neighbours (those of f32, for types with fewer bits).
static std::string textOf(double value, DType type) {
  if (std::isnan(value))
    return "nan"; // whatever its sign
  char text[32];
  const std::to_chars_result end =
      type == DType::f64
          ? std::to_chars(std::begin(text), std::end(text), value)
          : std::to_chars(std::begin(text), std::end(text),
                          static_cast<float>(value));
  return {text, end.ptr};
}

static std::string textOf(const Tensor &tensor, size_t i) {
  std::string text;
  dispatch(tensor.dtype(), [&]<typename T>(TypeTag<T>) {
    const T value = tensor.elements<T>()[i];
    if constexpr (std::is_same_v<T, Boolean>)
      text = value.byte != 0 ? "true" : "false";
    else if constexpr (std::is_integral_v<T>)
      text = std::to_string(value);
    else
      text = textOf(static_cast<double>(value), tensor.dtype());
  });
  return text;
}

/// Takes note of element \p i of \p actual, which is wrong.
static void addWrong(OutputComparison &result, const Tensor &actual, size_t i,
                     double severity, llvm::function_ref<std::string()> want) {
  const bool isFirst = result.mismatches++ == 0;
  if (!isFirst && severity <= result.worst.severity)
    return;
  result.worst = {indexOf(actual.shape(), i), textOf(actual, i), want(),
                  severity};
  if (isFirst)
    result.first = result.worst;
}

/// An output of another size is wrong as a whole.
static OutputComparison differentSizes(const Tensor &actual,
                                       const Tensor &expected) {
  OutputComparison result;
  result.elements = static_cast<uint64_t>(
      std::max(actual.elementCount(), expected.elementCount()));
  result.mismatches = std::max<uint64_t>(result.elements, 1);
  result.worst = {
      {}, actual.typeString(), expected.typeString(), worstSeverity};
  result.first = result.worst;
  return result;
}

/// The bytes of both are compared; distances are for people.
static OutputComparison compareExactly(const Tensor &actual,
                                       const Tensor &expected) {
  OutputComparison result;
  result.elements = actual.elementCount();
  result.isExact = true;
  const size_t size = dtypeBytes(actual.dtype());
  llvm::ArrayRef<uint8_t> a = actual.bytes(), b = expected.bytes();
  if (a == b)
    return result;
  const std::vector<double> x = toDoubles(actual), y = toDoubles(expected);
  for (size_t i = 0; i < x.size(); ++i) {
    if (a.slice(i * size, size) == b.slice(i * size, size))
      continue;
    const double distance = std::abs(x[i] - y[i]);
    result.maxError = std::max(result.maxError, distance);
    addWrong(result, actual, i, distance, [&] { return textOf(expected, i); });
  }
  return result;
}

/// Compares floats with \p expected, up to \p limit(i). \p kind says of each
/// element whether it has to be NaN or infinite.
template <typename Limit>
static OutputComparison
compareFloats(const Tensor &actual, llvm::ArrayRef<double> values,
              llvm::ArrayRef<double> expected, llvm::ArrayRef<double> kind,
              Limit limit) {
  OutputComparison result;
  result.elements = values.size();
  for (size_t i = 0; i < values.size(); ++i) {
    auto addWrongFor = [&](double want, double severity) {
      addWrong(result, actual, i, severity,
               [&] { return textOf(want, actual.dtype()); });
    };
    if (!std::isfinite(kind[i]) || !std::isfinite(values[i])) {
      const bool isNan = std::isnan(values[i]), wantsNan = std::isnan(kind[i]);
      if (isNan && wantsNan)
        continue;
      result.nanForNumber += isNan;
      result.numberForNan += wantsNan;
      if (!isNan && !wantsNan) {
        if (values[i] == kind[i])
          continue;
        ++result.infinite;
      }
      addWrongFor(kind[i], worstSeverity);
      continue;
    }
    // An overflow of the declared type that the wide one does not have, or
    // the other way round, leaves nothing to measure.
    const double truth = std::isfinite(expected[i]) ? expected[i] : kind[i];
    const double error = std::abs(values[i] - truth);
    result.maxError = std::max(result.maxError, error);
    const double allowed = limit(i);
    double ratio = 0;
    if (error > 0)
      ratio = allowed > 0 ? error / allowed : worstSeverity;
    result.maxErrorOverLimit = std::max(result.maxErrorOverLimit, ratio);
    if (error > allowed)
      addWrongFor(truth, ratio);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The reference
//===----------------------------------------------------------------------===//

/// Whether \p region has values of f16 or bf16.
static bool hasHalves(const image::Region &region) {
  auto isHalfType = [](image::DType type) { return isHalf(fromImage(type)); };
  return llvm::any_of(arrayOf(region.parameters()), isHalfType) ||
         (region.instructions() &&
          llvm::any_of(*region.instructions(),
                       [&](const image::Instruction *instruction) {
                         return isHalfType(instruction->dtype());
                       }));
}

/// Whether \p body, where no op has an epilogue yet, has such values.
static bool hasHalves(const image::Body &body) {
  return (body.values() &&
          llvm::any_of(*body.values(),
                       [](const image::Value *value) {
                         return isHalf(fromImage(value->dtype()));
                       })) ||
         (body.ops() && llvm::any_of(*body.ops(), [](const image::Op *op) {
            const image::Map *map = op->attributes_as_Map();
            return map && hasHalves(*map->region());
          }));
}

static bool hasHalves(const image::Program &program) {
  return hasHalves(*program.body()) ||
         (program.bodies() &&
          llvm::any_of(*program.bodies(), [](const image::Body *body) {
            return hasHalves(*body);
          }));
}

llvm::Expected<ReferenceOutputs>
glowplug::runReference(const ReferenceProgram &program,
                       llvm::ArrayRef<Tensor> inputs, unsigned threads) {
  llvm::SmallVector<Tensor> arguments;
  for (size_t position : program.inputs)
    arguments.push_back(inputs[position]);
  const image::Program &image = *image::GetProgram(program.image.data());
  Decisions decisions;
  auto run = [&](Precision precision, DecisionHooks hooks,
                 std::vector<Tensor> &outputs) -> llvm::Error {
    InterpreterOptions options;
    options.threads = threads;
    options.precision = precision;
    options.decisions = std::move(hooks);
    return interpret(image, arguments, program.segments, options)
        .moveInto(outputs);
  };

  ReferenceOutputs result;
  if (llvm::Error error =
          run(Precision::declared, decisions.record(), result.declared))
    return error;
  if (hasHalves(image))
    if (llvm::Error error =
            run(Precision::single, decisions.followAndRecord(halfSwayFactor),
                result.single))
      return error;
  if (llvm::Error error =
          run(Precision::wide, decisions.follow(swayFactor), result.wide))
    return error;
  for (unsigned i = 0; i < swayCount && decisions.areClose(); ++i)
    if (llvm::Error error = run(Precision::wide, decisions.sway(i),
                                result.swayed.emplace_back()))
      return error;
  if (decisions.differ())
    if (llvm::Error error =
            run(Precision::wide, {}, result.swayed.emplace_back()))
      return error;
  if (program.outputs.empty())
    return result;
  // All of them are cut to what the first run says, so that they compare.
  const std::vector<Tensor> sizes = result.declared;
  llvm::SmallVector<std::vector<Tensor> *> runs{&result.declared, &result.wide};
  if (!result.single.empty())
    runs.push_back(&result.single);
  for (std::vector<Tensor> &swayed : result.swayed)
    runs.push_back(&swayed);
  for (std::vector<Tensor> *outputs : runs)
    if (llvm::Error error = trimOutputs(*outputs, program.outputs, sizes))
      return error;
  return result;
}

/// How many units in the last place of the largest value are always allowed:
/// where the references agree exactly (a copy, or a sum of few terms), another
/// order of operations still costs some. They always agree in f64, which has no
/// wider type to measure rounding by: that is what long sums may cost.
static double floorUlps(DType type) { return type == DType::f64 ? 1024 : 4; }

FloatTarget glowplug::floatTarget(const ReferenceOutputs &expected, size_t k) {
  const DType type = expected.declared[k].dtype();
  const std::vector<double> declared = toDoubles(expected.declared[k]);
  const std::vector<double> wide = toDoubles(expected.wide[k]);
  double rounding = errorLimitFactor;
  if (expected.single.empty()) {
    rounding *= distanceOf(declared, wide);
  } else {
    const std::vector<double> single = toDoubles(expected.single[k]);
    rounding *= distanceOf(single, wide);
    rounding += halfLimitFactor * distanceOf(declared, single);
  }
  double largest = 0;
  for (size_t i = 0; i < wide.size(); ++i)
    if (std::isfinite(wide[i]) && std::isfinite(declared[i]))
      largest = std::max(largest, std::abs(wide[i]));
  double swayed = 0;
  for (const std::vector<Tensor> &run : expected.swayed)
    swayed = std::max(swayed, distanceOf(toDoubles(run[k]), wide));
  FloatTarget target = {wide, declared, 0, 0};
  target.limitIfDecidedEqually =
      std::max(rounding, floorUlps(type) * epsilonOf(type) * largest);
  target.limit = target.limitIfDecidedEqually + swayLimitFactor * swayed;
  return target;
}

static OutputComparison compareWithReference(const Tensor &actual, size_t k,
                                             const ReferenceOutputs &expected) {
  if (actual.shape() != expected.declared[k].shape())
    return differentSizes(actual, expected.declared[k]);
  if (!isFloat(actual.dtype()))
    return compareExactly(actual, expected.declared[k]);
  const std::vector<double> values = toDoubles(actual);
  const FloatTarget target = floatTarget(expected, k);
  auto compareWithin = [&](double most) {
    return compareFloats(actual, values, target.wide, target.declared,
                         [&](size_t) { return most; });
  };
  OutputComparison result = compareWithin(target.limit);
  result.decidedOtherwise =
      compareWithin(target.limitIfDecidedEqually).mismatches -
      result.mismatches;
  return result;
}

Comparison glowplug::compareWithReference(llvm::ArrayRef<Tensor> outputs,
                                          const ReferenceOutputs &expected) {
  Comparison all;
  for (auto [k, actual] : llvm::enumerate(outputs))
    all.outputs.push_back(::compareWithReference(actual, k, expected));
  return all;
}

static OutputComparison compareWithFile(const Tensor &actual,
                                        const Tensor &expected,
                                        const FileTolerance &tolerance) {
  if (actual.shape() != expected.shape())
    return differentSizes(actual, expected);
  if (!isFloat(actual.dtype()))
    return compareExactly(actual, expected);
  const std::vector<double> truth = toDoubles(expected);
  double largest = 0;
  for (double value : truth)
    if (std::isfinite(value))
      largest = std::max(largest, std::abs(value));
  return compareFloats(actual, toDoubles(actual), truth, truth, [&](size_t i) {
    const double element =
        tolerance.absolute + tolerance.relative * std::abs(truth[i]);
    return std::max(element, tolerance.relativeToMax * largest);
  });
}

Comparison glowplug::compareWithFiles(llvm::ArrayRef<Tensor> outputs,
                                      llvm::ArrayRef<Tensor> expected,
                                      const FileTolerance &tolerance) {
  Comparison all;
  for (auto [actual, truth] : llvm::zip_equal(outputs, expected))
    all.outputs.push_back(compareWithFile(actual, truth, tolerance));
  return all;
}
