// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes are found in a table; numbers are rounded to codes on their bits, so
// that each result is exact on every backend.

#include "core/importer/onnx/ops/StorageCasts.h"

#include "core/support/Tensor.h"

using namespace glowplug;
using namespace glowplug::importer;
using mlir::Type;
using mlir::Value;
using prim::ScalarBuilder;
using prim::ScalarKind;

//===----------------------------------------------------------------------===//
// Numbers of codes
//===----------------------------------------------------------------------===//

Value importer::decode(ScalarBuilder &s, Value code, const StorageType &type,
                       Type to) {
  if (!type.isFloat())
    return s.cast(code, to);
  float entries[256];
  for (int i = 0; i < 256; ++i)
    entries[i] = decode(type, static_cast<uint8_t>(i));
  return s.cast(s.table(code, Tensor::of<float>({256}, entries)), to);
}

//===----------------------------------------------------------------------===//
// Codes of numbers
//===----------------------------------------------------------------------===//

namespace {

/// The bits of a float as integers of its width.
class FloatBits {
public:
  /// Of \p x: itself, or the narrowest of f32 and f64 that holds it.
  FloatBits(ScalarBuilder &s, Value x) : s(s) {
    Type type = x.getType();
    const bool isNarrow = type.isF16() || type.isBF16() || type.isF32() ||
                          (mlir::isa<mlir::IntegerType>(type) &&
                           type.getIntOrFloatBitWidth() <= 16);
    is64 = !isNarrow;
    number = s.cast(x, is64 ? Type(s.builder.getF64Type())
                            : Type(s.builder.getF32Type()));
    word = s.builder.getIntegerType(is64 ? 64 : 32);
    bits = s.bitcast(number, word);
    magnitude =
        both(ScalarKind::bit_and, bits, is64 ? INT64_MAX : int64_t{INT32_MAX});
  }

  Value integer(int64_t value) const { return s.number(value, word); }
  Value both(ScalarKind kind, Value a, Value b) const {
    return s.op(kind, {a, b});
  }
  Value both(ScalarKind kind, Value a, int64_t b) const {
    return both(kind, a, integer(b));
  }
  int fractionBits() const { return is64 ? 52 : 23; }
  int bias() const { return is64 ? 1023 : 127; }
  Value exponent() const {
    return both(ScalarKind::shift_right, magnitude, fractionBits());
  }
  Value fraction() const {
    return both(ScalarKind::bit_and, magnitude,
                (int64_t{1} << fractionBits()) - 1);
  }
  Value isNan() const { return s.op(ScalarKind::is_nan, number); }
  Value isNegative() const { return both(ScalarKind::lt, bits, 0); }

  ScalarBuilder &s;
  bool is64 = false;
  Type word;
  Value number, bits, magnitude;
};

} // namespace

/// The code of the magnitude of \p x, rounded to nearest even; codes above the
/// largest are for numbers that are too large.
static Value roundedMagnitude(const FloatBits &x, const StorageType &type) {
  using K = ScalarKind;
  const int excess = x.fractionBits() - type.fractionBits;
  // The exponent field of the code; below 1 the fraction moves to the right.
  Value exponent = x.both(K::sub, x.exponent(), x.bias() - type.bias);
  Value missing = x.both(K::max, x.both(K::sub, x.integer(1), exponent), 0);
  // Two more than all bits are as good as any further: nothing is left.
  Value shift =
      x.both(K::min, x.both(K::add, missing, excess), x.fractionBits() + 2);
  Value digits =
      x.both(K::bit_or, x.fraction(), int64_t{1} << x.fractionBits());
  Value odd = x.both(K::bit_and, x.both(K::shift_right, digits, shift), 1);
  Value half = x.both(K::shift_left, x.integer(1), x.both(K::sub, shift, 1));
  Value ready =
      x.both(K::add, x.both(K::add, digits, odd), x.both(K::sub, half, 1));
  Value rounded = x.both(K::shift_right, ready, shift);
  // The leading 1 counts as one step of the exponent, and so does a carry.
  Value steps = x.both(K::sub, x.both(K::max, exponent, 1), 1);
  return x.both(K::add, x.both(K::shift_left, steps, type.fractionBits),
                rounded);
}

static Value encodeFloat(ScalarBuilder &s, Value value, const StorageType &type,
                         bool saturates) {
  using K = ScalarKind;
  const FloatBits x(s, value);
  Value code = roundedMagnitude(x, type);
  Value nan = x.integer(type.nanCode());
  if (saturates || type.specials == Specials::none) {
    code = x.both(K::min, code, type.largestCode());
  } else {
    Value beyond = type.specials == Specials::infinities
                       ? x.integer(type.largestCode() + 1)
                       : nan;
    code = s.select(x.both(K::gt, code, type.largestCode()), beyond, code);
  }
  code = s.select(x.isNan(), nan, code);
  const int64_t sign = int64_t{1} << (type.bits - 1);
  Value negative = x.both(K::bit_or, code, sign);
  if (type.specials == Specials::minusZero)
    negative = s.select(x.both(K::eq, code, 0), code, negative);
  code = s.select(x.isNegative(), negative, code);
  return s.cast(code, s.builder.getIntegerType(8, /*isSigned=*/false));
}

/// The sign does not matter: ONNX leaves negative numbers open.
static Value encodePower(ScalarBuilder &s, Value value, const StorageType &type,
                         const Rounding &rounding) {
  using K = ScalarKind;
  // As f64, which has no subnormals in the range of the type.
  const FloatBits x(s, s.cast(value, s.builder.getF64Type()));
  const int64_t largest = type.largestCode(), nan = type.nanCode();
  const int64_t offset = x.bias() - type.bias;
  Value code = x.both(K::sub, x.exponent(), offset);
  const int64_t least = rounding.mode == Rounding::Mode::up
                            ? 1
                            : int64_t{1} << (x.fractionBits() - 1);
  if (rounding.mode != Rounding::Mode::down)
    code = x.both(K::add, code,
                  s.cast(x.both(K::ge, x.fraction(), least), x.word));
  code = s.select(x.both(K::gt, code, largest),
                  x.integer(rounding.saturates ? largest : nan), code);
  code = s.select(x.both(K::lt, x.magnitude, offset << x.fractionBits()),
                  x.integer(rounding.saturates ? 0 : nan), code);
  code = s.select(x.isNan(), x.integer(nan), code);
  return s.cast(code, s.builder.getIntegerType(8, /*isSigned=*/false));
}

static Value encodeInteger(ScalarBuilder &s, Value value,
                           const StorageType &type) {
  const Type i32 = s.builder.getI32Type();
  const bool isSigned = type.codes == DType::i8;
  Value x = s.cast(value, i32);
  if (isSigned) {
    Value dropped = s.number(int64_t{32 - type.bits}, i32);
    x = s.op(ScalarKind::shift_left, {x, dropped});
    x = s.op(ScalarKind::shift_right, {x, dropped});
  } else {
    Value mask = s.number((int64_t{1} << type.bits) - 1, i32);
    x = s.op(ScalarKind::bit_and, {x, mask});
  }
  return s.cast(x, isSigned ? Type(s.builder.getI8Type())
                            : Type(s.builder.getIntegerType(8, false)));
}

Value importer::encode(ScalarBuilder &s, Value x, const StorageType &type,
                       const Rounding &rounding) {
  if (!type.isFloat())
    return encodeInteger(s, x, type);
  if (type.specials == Specials::powers)
    return encodePower(s, x, type, rounding);
  return encodeFloat(s, x, type, rounding.saturates);
}
