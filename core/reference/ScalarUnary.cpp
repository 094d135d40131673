// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar ops of one operand that keep its type, and tests on one operand.

#include "core/reference/Rounding.h"
#include "core/reference/ScalarLoops.h"

using namespace glowplug;
using namespace glowplug::reference;
using image::ScalarOp;

namespace {

/// Unsigned arithmetic wraps; the way back is well defined in C++20.
template <typename T>
T negate(T value) {
  if constexpr (isIntegerType<T>)
    return static_cast<T>(std::make_unsigned_t<T>(0) -
                          static_cast<std::make_unsigned_t<T>>(value));
  else
    return -value;
}

/// Ops that are exact in every type, so that 16-bit floats may go through
/// double.
struct Neg {
  template <typename T>
  T operator()(T x) const {
    return negate(x);
  }
};
struct Abs {
  template <typename T>
  T operator()(T x) const {
    if constexpr (isIntegerType<T>)
      return x < 0 ? negate(x) : x;
    else
      return std::fabs(x);
  }
};
struct Sign {
  template <typename T>
  T operator()(T x) const {
    if (x > 0)
      return T(1);
    if (x < 0)
      return T(-1);
    return x == 0 ? T(0) : x; // NaN
  }
};
struct Floor {
  template <typename T>
  T operator()(T x) const {
    return std::floor(x);
  }
};
struct Ceil {
  template <typename T>
  T operator()(T x) const {
    return std::ceil(x);
  }
};
struct Trunc {
  template <typename T>
  T operator()(T x) const {
    return std::trunc(x);
  }
};
struct RoundEven {
  template <typename T>
  T operator()(T x) const {
    return std::nearbyint(x); // the rounding mode is never changed
  }
};
struct Sqrt {
  template <typename T>
  T operator()(T x) const {
    return std::sqrt(x);
  }
};

/// F in the arithmetic type of T, then one rounding.
template <typename F>
struct Basic {
  template <typename T>
  T operator()(T x) const {
    return convert<T>(F()(convert<ArithmeticType<T>>(x)));
  }
};

/// A function of the C library, in double and in long double.
template <double (*function)(double), long double (*precise)(long double)>
struct Library {
  template <typename T>
  T operator()(T x) const {
    const auto wide = convert<double>(x);
    return roundOnce<T>([&] { return function(wide); },
                        [&] { return precise(wide); });
  }
};

struct Invert {
  template <typename T>
  T operator()(T x) const {
    if constexpr (isBooleanType<T>)
      return Boolean(!static_cast<bool>(x));
    else
      return static_cast<T>(~x);
  }
};

struct IsNan {
  template <typename T>
  Boolean operator()(T x) const {
    return Boolean(std::isnan(convert<double>(x)));
  }
};
struct IsInf {
  template <typename T>
  Boolean operator()(T x) const {
    return Boolean(std::isinf(convert<double>(x)));
  }
};

} // namespace

template <typename F>
static ScalarLoop forNumbers(DType type) {
  return dispatch(type, []<typename T>(TypeTag<T>) -> ScalarLoop {
    if constexpr (isBooleanType<T>)
      return nullptr;
    else
      return loop1<T, T, Basic<F>>;
  });
}

template <typename F>
static ScalarLoop forFloats(DType type) {
  return dispatch(type, []<typename T>(TypeTag<T>) -> ScalarLoop {
    if constexpr (isFloatType<T>)
      return loop1<T, T, F>;
    else
      return nullptr;
  });
}

template <double (*function)(double), long double (*precise)(long double)>
static ScalarLoop forFloats(DType type) {
  return forFloats<Library<function, precise>>(type);
}

ScalarLoop reference::unaryLoop(ScalarOp op, DType type) {
  switch (op) {
  case ScalarOp::neg:
    return forNumbers<Neg>(type);
  case ScalarOp::abs:
    return forNumbers<Abs>(type);
  case ScalarOp::sign:
    return forNumbers<Sign>(type);
  case ScalarOp::floor:
    return forFloats<Basic<Floor>>(type);
  case ScalarOp::ceil:
    return forFloats<Basic<Ceil>>(type);
  case ScalarOp::trunc:
    return forFloats<Basic<Trunc>>(type);
  case ScalarOp::round_even:
    return forFloats<Basic<RoundEven>>(type);
  case ScalarOp::sqrt:
    return forFloats<Basic<Sqrt>>(type);
  case ScalarOp::exp:
    return forFloats<std::exp, std::exp>(type);
  case ScalarOp::log:
    return forFloats<std::log, std::log>(type);
  case ScalarOp::log1p:
    return forFloats<std::log1p, std::log1p>(type);
  case ScalarOp::erf:
    return forFloats<std::erf, std::erf>(type);
  case ScalarOp::sin:
    return forFloats<std::sin, std::sin>(type);
  case ScalarOp::cos:
    return forFloats<std::cos, std::cos>(type);
  case ScalarOp::tan:
    return forFloats<std::tan, std::tan>(type);
  case ScalarOp::asin:
    return forFloats<std::asin, std::asin>(type);
  case ScalarOp::acos:
    return forFloats<std::acos, std::acos>(type);
  case ScalarOp::atan:
    return forFloats<std::atan, std::atan>(type);
  case ScalarOp::sinh:
    return forFloats<std::sinh, std::sinh>(type);
  case ScalarOp::cosh:
    return forFloats<std::cosh, std::cosh>(type);
  case ScalarOp::tanh:
    return forFloats<std::tanh, std::tanh>(type);
  case ScalarOp::asinh:
    return forFloats<std::asinh, std::asinh>(type);
  case ScalarOp::acosh:
    return forFloats<std::acosh, std::acosh>(type);
  case ScalarOp::atanh:
    return forFloats<std::atanh, std::atanh>(type);
  case ScalarOp::invert:
    return dispatch(type, []<typename T>(TypeTag<T>) -> ScalarLoop {
      if constexpr (isFloatType<T>)
        return nullptr;
      else
        return loop1<T, T, Invert>;
    });
  default:
    return nullptr;
  }
}

ScalarLoop reference::testLoop(ScalarOp op, DType operand) {
  return dispatch(operand, [&]<typename T>(TypeTag<T>) -> ScalarLoop {
    if constexpr (isFloatType<T>)
      return op == ScalarOp::is_nan ? loop1<Boolean, T, IsNan>
                                    : loop1<Boolean, T, IsInf>;
    else
      return nullptr;
  });
}
