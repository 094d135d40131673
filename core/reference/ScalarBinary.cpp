// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar ops of two operands of one type.

#include "core/reference/ScalarBinary.h"

#include "core/reference/Rounding.h"
#include "core/reference/ScalarLoops.h"

using namespace glowplug;
using namespace glowplug::reference;
using image::ScalarOp;

namespace {

struct Div {
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (isIntegerType<T>) {
      if (b == 0)
        return 0;
      if constexpr (std::is_signed_v<T>)
        if (b == -1)
          return Sub()(T(0), a); // wraps for the smallest
      return static_cast<T>(a / b);
    } else {
      return a / b;
    }
  }
};

struct Rem {
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (isIntegerType<T>) {
      if (b == 0)
        return 0;
      if constexpr (std::is_signed_v<T>)
        if (b == -1)
          return 0;
      return static_cast<T>(a % b);
    } else {
      return std::fmod(a, b);
    }
  }
};

struct Pow {
  template <typename T>
  T operator()(T base, T exponent) const {
    if constexpr (!isIntegerType<T>) {
      const auto x = convert<double>(base);
      const auto y = convert<double>(exponent);
      return roundOnce<T>([&] { return std::pow(x, y); },
                          [&] {
                            return std::pow(static_cast<long double>(x),
                                            static_cast<long double>(y));
                          });
    } else {
      if constexpr (std::is_signed_v<T>)
        if (exponent < 0) {
          // 1 / base^|exponent|, truncated; 1 / 0 = 0 as in div.
          if (base == 1)
            return 1;
          if (base == -1)
            return exponent % 2 == 0 ? 1 : -1;
          return 0;
        }
      T result = 1;
      for (; exponent != 0; exponent /= 2) {
        if (exponent % 2 != 0)
          result = Mul()(result, base);
        base = Mul()(base, base);
      }
      return result;
    }
  }
};

struct BitAnd {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(a & b);
  }
};
struct BitOr {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(a | b);
  }
};
struct BitXor {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(a ^ b);
  }
};

/// The shift amount; a negative one counts as large, like its bit pattern.
template <typename T>
std::make_unsigned_t<T> amountOf(T value) {
  return static_cast<std::make_unsigned_t<T>>(value);
}

struct ShiftLeft {
  template <typename T>
  T operator()(T a, T amount) const {
    constexpr unsigned width = sizeof(T) * 8;
    if (amountOf(amount) >= width)
      return 0;
    return static_cast<T>(static_cast<uint64_t>(a) << amountOf(amount));
  }
};
struct ShiftRight {
  template <typename T>
  T operator()(T a, T amount) const {
    constexpr unsigned width = sizeof(T) * 8;
    if (amountOf(amount) >= width)
      return a < 0 ? static_cast<T>(-1) : T(0);
    return static_cast<T>(a >> amountOf(amount));
  }
};

/// F in the arithmetic type of T, then one rounding.
template <typename F>
struct Basic {
  template <typename T>
  T operator()(T a, T b) const {
    using A = ArithmeticType<T>;
    return convert<T>(F()(convert<A>(a), convert<A>(b)));
  }
};

struct Eq {
  template <typename T>
  bool operator()(T a, T b) const {
    return a == b;
  }
};
struct Ne {
  template <typename T>
  bool operator()(T a, T b) const {
    return a != b;
  }
};
struct Lt {
  template <typename T>
  bool operator()(T a, T b) const {
    return a < b;
  }
};
struct Le {
  template <typename T>
  bool operator()(T a, T b) const {
    return a <= b;
  }
};
struct Gt {
  template <typename T>
  bool operator()(T a, T b) const {
    return a > b;
  }
};
struct Ge {
  template <typename T>
  bool operator()(T a, T b) const {
    return a >= b;
  }
};

template <typename F>
struct Compare {
  template <typename T>
  Boolean operator()(T a, T b) const {
    if constexpr (isBooleanType<T>)
      return Boolean(F()(a.byte != 0, b.byte != 0));
    else
      return Boolean(
          F()(convert<ArithmeticType<T>>(a), convert<ArithmeticType<T>>(b)));
  }
};

/// A bitwise op on bytes that are 0 or 1 is the logical one.
template <typename F>
struct Logical {
  Boolean operator()(Boolean a, Boolean b) const {
    return Boolean(F()(a.byte, b.byte) != 0);
  }
};

} // namespace

static ScalarLoop powLoop(DType type) {
  return dispatch(type, []<typename T>(TypeTag<T>) -> ScalarLoop {
    if constexpr (isBooleanType<T>)
      return nullptr;
    else
      return loop2<T, T, Pow>;
  });
}

template <typename F>
static ScalarLoop forNumbers(DType type) {
  return dispatch(type, []<typename T>(TypeTag<T>) -> ScalarLoop {
    if constexpr (isBooleanType<T>)
      return nullptr;
    else
      return loop2<T, T, Basic<F>>;
  });
}

template <typename F, bool booleans>
static ScalarLoop forBits(DType type) {
  return dispatch(type, []<typename T>(TypeTag<T>) -> ScalarLoop {
    if constexpr (isBooleanType<T> && booleans)
      return loop2<Boolean, Boolean, Logical<F>>;
    else if constexpr (isIntegerType<T>)
      return loop2<T, T, F>;
    else
      return nullptr;
  });
}

ScalarLoop reference::binaryLoop(ScalarOp op, DType type) {
  switch (op) {
  case ScalarOp::add:
    return forNumbers<Add>(type);
  case ScalarOp::sub:
    return forNumbers<Sub>(type);
  case ScalarOp::mul:
    return forNumbers<Mul>(type);
  case ScalarOp::div:
    return forNumbers<Div>(type);
  case ScalarOp::rem:
    return forNumbers<Rem>(type);
  case ScalarOp::pow:
    return powLoop(type);
  case ScalarOp::min:
    return forNumbers<Min>(type);
  case ScalarOp::max:
    return forNumbers<Max>(type);
  case ScalarOp::bit_and:
    return forBits<BitAnd, true>(type);
  case ScalarOp::bit_or:
    return forBits<BitOr, true>(type);
  case ScalarOp::bit_xor:
    return forBits<BitXor, true>(type);
  case ScalarOp::shift_left:
    return forBits<ShiftLeft, false>(type);
  case ScalarOp::shift_right:
    return forBits<ShiftRight, false>(type);
  default:
    return nullptr;
  }
}

template <typename F>
static ScalarLoop comparing(DType operand) {
  return dispatch(operand, []<typename T>(TypeTag<T>) -> ScalarLoop {
    return loop2<Boolean, T, Compare<F>>;
  });
}

ScalarLoop reference::compareLoop(ScalarOp op, DType operand) {
  switch (op) {
  case ScalarOp::eq:
    return comparing<Eq>(operand);
  case ScalarOp::ne:
    return comparing<Ne>(operand);
  case ScalarOp::lt:
    return comparing<Lt>(operand);
  case ScalarOp::le:
    return comparing<Le>(operand);
  case ScalarOp::gt:
    return comparing<Gt>(operand);
  case ScalarOp::ge:
    return comparing<Ge>(operand);
  default:
    return nullptr;
  }
}
