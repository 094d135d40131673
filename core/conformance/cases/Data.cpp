// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The data sets.

#include "core/conformance/cases/Data.h"

#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include "llvm/ADT/STLExtras.h"

#include <array>
#include <cmath>
#include <limits>

namespace glowplug::conformance {
namespace {

/// What the data sets need to know of a float type.
struct Range {
  double largest;
  double leastNormal;
  int fractionBits;
};

template <typename T>
Range rangeOf() {
  if constexpr (std::is_same_v<T, Half>)
    return {65504, 0x1p-14, 10};
  else if constexpr (std::is_same_v<T, BFloat16>)
    return {0x1.fep127, 0x1p-126, 7};
  else
    return {static_cast<double>(std::numeric_limits<T>::max()),
            static_cast<double>(std::numeric_limits<T>::min()),
            std::numeric_limits<T>::digits - 1};
}

double sign(Random &random) { return random.chance(0.5) ? 1 : -1; }

/// In (0.5, 1], with either sign.
double unit(Random &random) { return sign(random) * (1 - random.unit() / 2); }

/// With several \p terms none is so large that a sum may overflow on the way:
/// whether it does depends on its order.
double special(const Range &range, double terms, Random &random) {
  const double largest =
      terms > 1 ? std::sqrt(range.largest / terms / 4) : range.largest;
  const std::array<double, 9> values = {
      std::numeric_limits<double>::quiet_NaN(),
      std::numeric_limits<double>::infinity(),
      -std::numeric_limits<double>::infinity(),
      0.0,
      -0.0,
      range.leastNormal / 4,
      -range.leastNormal / 4,
      largest,
      -largest};
  if (random.chance(0.4))
    return values[random.below(values.size())];
  return unit(random) * std::exp2(static_cast<double>(random.range(-6, 6)));
}

double floatElement(const Filling &filling, const Range &range, int64_t term,
                    Random &random) {
  const bool isLeft = filling.side == Side::left;
  const auto terms = static_cast<double>(std::max<int64_t>(filling.terms, 1));
  switch (filling.set) {
  case DataSet::smallIntegers:
    return static_cast<double>(random.range(-3, 3));
  case DataSet::zeroProducts:
    return (term % 2 == 0) == isLeft ? unit(random) : 0.0;
  case DataSet::extremeExponents:
    return unit(random) * std::sqrt(range.largest / terms / 4);
  case DataSet::equalTail:
    // Each term of the tail is near the last place of a short sum; together
    // they count.
    return term == 0
               ? 1.0
               : std::fabs(unit(random)) *
                     std::exp2(-std::max(range.fractionBits - 9, 8) / 2.0);
  case DataSet::logTail:
    return unit(random) * std::exp2(-random.unit() * range.fractionBits);
  case DataSet::cancelling:
    return random.chance(0.25) ? 0.0 : unit(random);
  case DataSet::specials:
    return special(range, terms, random);
  default:
    return random.unit() * 2 - 1;
  }
}

template <typename T>
double integerElement(const Filling &filling, int64_t term, Random &random) {
  constexpr auto least = std::numeric_limits<T>::min();
  constexpr auto largest = std::numeric_limits<T>::max();
  const bool isLeft = filling.side == Side::left;
  switch (filling.set) {
  case DataSet::smallIntegers:
    return static_cast<double>(random.range(least == 0 ? 0 : -3, 3));
  case DataSet::zeroProducts:
    return (term % 2 == 0) == isLeft ? static_cast<double>(random.range(1, 100))
                                     : 0.0;
  case DataSet::rails:
    return random.pick(
        {static_cast<double>(least), static_cast<double>(largest), 0.0});
  case DataSet::ties:
    return static_cast<double>(random.range(least == 0 ? 0 : -20, 20));
  default:
    return static_cast<double>(static_cast<T>(random.next()));
  }
}

/// Makes every second term the opposite of the one before it: on the left with
/// another sign, on the right equal.
template <typename T>
void pairUp(llvm::MutableArrayRef<T> elements, const Filling &filling) {
  if constexpr (!std::is_same_v<T, Boolean>) {
    // Elements of one term and the next stand apart by the stride of the term.
    const auto termOf = [&](size_t i) {
      return filling.termOf ? filling.termOf(static_cast<int64_t>(i))
                            : static_cast<int64_t>(i);
    };
    size_t stride = 1;
    while (stride < elements.size() && termOf(stride) == termOf(0))
      ++stride;
    for (size_t i = stride; i < elements.size(); ++i) {
      if (termOf(i) % 2 == 0 || termOf(i - stride) + 1 != termOf(i))
        continue;
      const auto before = convert<double>(elements[i - stride]);
      const bool opposes = filling.side == Side::left && std::is_signed_v<T>;
      elements[i] = convert<T>(opposes ? -before : before);
    }
  }
}

} // namespace

std::string dataSetName(DataSet set) {
  return "D" + std::to_string(static_cast<unsigned>(set));
}

bool suits(DataSet set, DType type) {
  switch (set) {
  case DataSet::smallIntegers:
  case DataSet::zeroProducts:
  case DataSet::cancelling:
  case DataSet::fullRange:
    return type != DType::boolean || set == DataSet::fullRange;
  case DataSet::ties:
  case DataSet::rails:
    return isInteger(type);
  default:
    return isFloat(type);
  }
}

llvm::Expected<Tensor> makeFactors(DType type, llvm::ArrayRef<int64_t> shape,
                                   bool hasSpecials, Random &random) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> values(static_cast<size_t>(*elementCount(shape)));
  for (double &value : values) {
    if (!isFloat(type))
      value = static_cast<double>(2 * random.range(0, 50) + 1);
    else if (hasSpecials && random.chance(0.03))
      value = random.pick(
          {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()});
    else
      value = sign(random) * (0.8 + 0.4 * random.unit());
  }
  return tensorOf(type, shape, values);
}

llvm::Expected<Tensor> tensorOf(DType type, llvm::ArrayRef<int64_t> shape,
                                llvm::ArrayRef<double> values) {
  llvm::Expected<Tensor> tensor = Tensor::uninitialized(type, shape);
  if (tensor)
    dispatch(type, [&]<typename T>(TypeTag<T>) {
      llvm::transform(values, tensor->mutableElements<T>().begin(),
                      [](double value) { return convert<T>(value); });
    });
  return tensor;
}

llvm::Expected<Tensor> makeTensor(DType type, llvm::ArrayRef<int64_t> shape,
                                  const Filling &filling, Random &random) {
  llvm::Expected<Tensor> tensor = Tensor::uninitialized(type, shape);
  if (!tensor)
    return tensor;
  dispatch(type, [&]<typename T>(TypeTag<T>) {
    const llvm::MutableArrayRef<T> elements = tensor->mutableElements<T>();
    for (size_t i = 0; i < elements.size(); ++i) {
      const auto index = static_cast<int64_t>(i);
      const int64_t term = filling.termOf ? filling.termOf(index) : index;
      if constexpr (std::is_same_v<T, Boolean>)
        elements[i] = Boolean(random.chance(0.5));
      else if constexpr (std::is_integral_v<T>)
        elements[i] =
            filling.set == DataSet::fullRange
                ? static_cast<T>(random.next())
                : convert<T>(integerElement<T>(filling, term, random));
      else
        elements[i] =
            convert<T>(floatElement(filling, rangeOf<T>(), term, random));
    }
    if (filling.set == DataSet::cancelling)
      pairUp(elements, filling);
  });
  return tensor;
}

} // namespace glowplug::conformance
