// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes the numbers that are fed to models.

#include "core/conformance/graphs/Data.h"

#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include <cmath>
#include <limits>

using namespace glowplug;
using namespace glowplug::graphs;

namespace {

/// How the floats of one tensor are distributed.
enum class Spread { uniform, integers, quarters, magnitudes, constant };

constexpr double smallestNormal(DType type) {
  return type == DType::f16   ? 0x1p-14
         : type == DType::f64 ? 0x1p-1022
                              : 0x1p-126;
}
constexpr double largest(DType type) {
  switch (type) {
  case DType::f16:
    return 65504;
  case DType::bf16:
    return 0x1.fep127;
  case DType::f32:
    return 0x1.fffffep127;
  default:
    return 0x1.fffffffffffffp1023;
  }
}

double specialFloat(Random &random, DType type, const DataStyle &style) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double tiny = smallestNormal(type);
  const double sign = random.chance(0.5) ? 1 : -1;
  switch (random.below(style.tame ? 4 : style.extreme ? 7 : 6)) {
  case 0:
    return sign * 0.0;
  case 1:
    return sign * tiny;
  case 2:
    return sign * tiny / 4; // subnormal
  case 3:
    return sign * random.pick({0.5, 1.0, 1.5, 2.5}); // ties
  case 4:
    return sign * infinity;
  case 5:
    return std::numeric_limits<double>::quiet_NaN();
  default:
    return sign * largest(type);
  }
}

double plainFloat(Random &random, Spread spread, double constant) {
  switch (spread) {
  case Spread::uniform:
    return random.unit() * 4 - 2;
  case Spread::integers:
    return static_cast<double>(random.range(-4, 4));
  case Spread::quarters:
    return static_cast<double>(random.range(-8, 8)) / 4;
  case Spread::magnitudes:
    return std::ldexp(random.unit() * 2 - 1,
                      static_cast<int>(random.range(-8, 5)));
  case Spread::constant:
    return constant;
  }
  return 0;
}

template <typename T>
void fillFloats(Random &random, llvm::MutableArrayRef<T> elements,
                const Fill &fill, const DataStyle &style) {
  const Spread spread =
      random.pick({Spread::uniform, Spread::uniform, Spread::uniform,
                   Spread::integers, Spread::quarters, Spread::magnitudes,
                   style.tame ? Spread::uniform : Spread::constant});
  // Sums of it are exact: the mean of equal numbers is that number, so that a
  // normalisation does not divide rounding errors by its epsilon.
  const double constant = static_cast<double>(random.range(-8, 8)) / 4;
  for (T &element : elements) {
    double value = 0;
    if (fill.kind == Fill::Kind::between)
      value = fill.low + random.unit() * (fill.high - fill.low);
    else if (fill.kind == Fill::Kind::positive)
      value = 0.05 + random.unit() * 1.95;
    else if (style.special && random.chance(0.125))
      value = specialFloat(random, dtypeOf<T>, style);
    else
      value = plainFloat(random, spread, constant);
    element = convert<T>(value);
  }
}

template <typename T>
void fillIntegers(Random &random, llvm::MutableArrayRef<T> elements,
                  const Fill &fill, const DataStyle &style) {
  using Limits = std::numeric_limits<T>;
  const bool mayBeLarge = sizeof(T) == 1 || !style.tame;
  const bool wide = random.chance(sizeof(T) == 1 ? 0.8 : 0.3) && mayBeLarge;
  for (T &element : elements) {
    if (fill.kind == Fill::Kind::between)
      element = static_cast<T>(random.range(static_cast<int64_t>(fill.low),
                                            static_cast<int64_t>(fill.high)));
    else if (fill.kind == Fill::Kind::positive)
      element = static_cast<T>(random.range(1, 7));
    else if (style.special && mayBeLarge && random.chance(0.125))
      element = random.pick(
          {Limits::min(), Limits::max(), T(0), T(1), static_cast<T>(-1)});
    else if (wide)
      element = static_cast<T>(random.next());
    else
      element = static_cast<T>(std::is_signed_v<T> ? random.range(-8, 8)
                                                   : random.range(0, 15));
  }
}

} // namespace

Tensor graphs::makeData(Random &random, DType type,
                        llvm::ArrayRef<int64_t> shape, const Fill &fill,
                        const DataStyle &style) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(type, shape));
  // Data does not change what is chosen afterwards.
  Random own(random.next());
  dispatch(type, [&]<typename T>(TypeTag<T>) {
    llvm::MutableArrayRef<T> elements = tensor.mutableElements<T>();
    if constexpr (std::is_same_v<T, Boolean>) {
      for (T &element : elements)
        element = Boolean(own.chance(0.5));
    } else if constexpr (isFloat(dtypeOf<T>)) {
      fillFloats<T>(own, elements, fill, style);
    } else {
      fillIntegers<T>(own, elements, fill, style);
    }
  });
  return tensor;
}
