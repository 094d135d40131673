// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX Runtime's formulas for quantised tensors.

#include "core/prim/Quantized.h"

#include "core/prim/Constant.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

using K = ScalarKind;

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

Value prim::quantizedPair(ScalarBuilder &scalars, Formula formula,
                          const QuantizedScalar &a, const QuantizedScalar &b,
                          const ScalarQuantParams &y) {
  return scalars.builder.create<QuantizedOp>(
      scalars.loc, y.zp.getType(), formula,
      ValueRange{a.value, a.params.scale, a.params.zp, b.value, b.params.scale,
                 b.params.zp, y.scale, y.zp});
}

Value prim::quantizedAverage(ScalarBuilder &scalars, Value sum, Value count,
                             const ScalarQuantParams &x,
                             const ScalarQuantParams &y) {
  return scalars.builder.create<QuantizedOp>(
      scalars.loc, y.zp.getType(), Formula::average,
      ValueRange{sum, count, x.scale, x.zp, y.scale, y.zp});
}

PairOperands::PairOperands(QuantizedOp op)
    : a{op.getOperand(0), {op.getOperand(1), op.getOperand(2)}},
      b{op.getOperand(3), {op.getOperand(4), op.getOperand(5)}},
      y{op.getOperand(6), op.getOperand(7)} {}

AverageOperands::AverageOperands(QuantizedOp op)
    : sum(op.getOperand(0)), count(op.getOperand(1)),
      x{op.getOperand(2), op.getOperand(3)},
      y{op.getOperand(4), op.getOperand(5)} {}

/// Whether \p type is an integer of 8 bits.
static bool isNarrow(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.getWidth() == 8;
}

/// Each pair has a scale and the zero point of its integers.
static SmallVector<Type> operandTypes(QuantizedOp op) {
  const Type f32 = Float32Type::get(op.getContext());
  const Type i32 = IntegerType::get(op.getContext(), 32);
  const auto types = op.getOperandTypes();
  if (op.getFormula() == Formula::average)
    return {i32, f32, f32, types[3], f32, types[5]};
  return {types[0], f32, types[0], types[3], f32, types[3], f32, types[7]};
}

LogicalResult QuantizedOp::verify() {
  const unsigned count = getFormula() == Formula::average ? 6 : 8;
  if (getNumOperands() != count) // C1
    return emitOpError() << stringifyFormula(getFormula()) << " needs " << count
                         << " operands, but got " << getNumOperands();
  const SmallVector<Type> wanted = operandTypes(*this);
  for (auto [i, type] : llvm::enumerate(wanted)) { // C2
    if (getOperand(i).getType() != type)
      return emitOpError("needs operand ")
             << i << " of " << type << ", but got " << getOperand(i).getType();
    if (!type.isF32() && !type.isInteger(32) && !isNarrow(type))
      return emitOpError("needs operand ")
             << i << " of 8 bits, but got " << type;
  }
  if (getResult().getType() != wanted.back()) // C3
    return emitOpError("needs a result of ")
           << wanted.back() << ", but got " << getResult().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

namespace {

/// Appends scalar ops on f32; what depends on constants alone is computed at
/// once, rounded as the op rounds.
class Arithmetic {
public:
  explicit Arithmetic(ScalarBuilder &scalars)
      : s(scalars), f32(scalars.builder.getF32Type()) {}

  /// An integer of 8 or 32 bits as \p type.
  Value to(Type type, Value integer) {
    if (auto constant = integer.getDefiningOp<ScalarConstantOp>()) {
      auto value = cast<IntegerAttr>(constant.getValue());
      const bool isUnsigned = cast<IntegerType>(value.getType()).isUnsigned();
      const int64_t number =
          isUnsigned ? static_cast<int64_t>(value.getValue().getZExtValue())
                     : value.getValue().getSExtValue();
      return type == f32 ? s.number(static_cast<double>(number), type)
                         : s.number(number, type);
    }
    return s.cast(integer, type);
  }
  Value real(Value integer) { return to(f32, integer); }
  Value sub(Value a, Value b) {
    return op(K::sub, {a, b}, [](ArrayRef<float> v) { return v[0] - v[1]; });
  }
  Value mul(Value a, Value b) {
    return op(K::mul, {a, b}, [](ArrayRef<float> v) { return v[0] * v[1]; });
  }
  Value div(Value a, Value b) {
    return op(K::div, {a, b}, [](ArrayRef<float> v) { return v[0] / v[1]; });
  }
  Value fma(Value a, Value b, Value c) {
    return op(K::fma, {a, b, c},
              [](ArrayRef<float> v) { return std::fma(v[0], v[1], v[2]); });
  }

private:
  Value number(float value) {
    return s.number(static_cast<double>(value), f32);
  }
  Value op(K kind, ArrayRef<Value> operands,
           llvm::function_ref<float(ArrayRef<float>)> f) {
    SmallVector<float> known;
    for (Value operand : operands)
      if (auto constant = operand.getDefiningOp<ScalarConstantOp>())
        known.push_back(
            cast<FloatAttr>(constant.getValue()).getValue().convertToFloat());
    return known.size() == operands.size() ? number(f(known))
                                           : s.op(kind, operands);
  }

  ScalarBuilder &s;
  Type f32;
};

} // namespace

/// Rounds \p real, which holds the zero point already, to the integers of
/// \p zp.
static Value saturate(ScalarBuilder &s, Value real, Value zp) {
  return s.quantize(real, s.number(1.0, real.getType()),
                    s.number(int64_t{0}, zp.getType()));
}

static Value expandAdd(ScalarBuilder &s, const PairOperands &in) {
  Arithmetic f(s);
  Value ra = f.div(in.a.params.scale, in.y.scale);
  Value rb = f.div(in.b.params.scale, in.y.scale);
  Value zeroB = f.mul(rb, f.real(in.b.params.zp));
  Value fixed =
      f.sub(f.real(in.y.zp), f.fma(ra, f.real(in.a.params.zp), zeroB));
  Value inner = f.fma(f.real(in.b.value), rb, fixed);
  return saturate(s, f.fma(f.real(in.a.value), ra, inner), in.y.zp);
}

static Value expandMul(ScalarBuilder &s, const PairOperands &in) {
  Arithmetic f(s);
  const Type i32 = s.builder.getI32Type();
  auto centered = [&](const QuantizedScalar &x) {
    return s.sub(f.to(i32, x.value), f.to(i32, x.params.zp));
  };
  Value factor = f.div(f.mul(in.a.params.scale, in.b.params.scale), in.y.scale);
  Value scaled = f.mul(f.real(s.mul(centered(in.a), centered(in.b))), factor);
  return saturate(s, s.add(scaled, f.real(in.y.zp)), in.y.zp);
}

Value prim::quantizeShifted(ScalarBuilder &s, Value sum, Value factor,
                            Value zp) {
  Arithmetic f(s);
  return saturate(s, s.add(f.mul(f.real(sum), factor), f.real(zp)), zp);
}

static Value expandAverage(ScalarBuilder &s, const AverageOperands &in) {
  Arithmetic f(s);
  Value factor = f.div(in.x.scale, f.mul(in.y.scale, in.count));
  return quantizeShifted(s, in.sum, factor, in.y.zp);
}

Value prim::expandFormula(ScalarBuilder &scalars, QuantizedOp op) {
  switch (op.getFormula()) {
  case Formula::add:
    return expandAdd(scalars, PairOperands(op));
  case Formula::mul:
    return expandMul(scalars, PairOperands(op));
  case Formula::average:
    return expandAverage(scalars, AverageOperands(op));
  }
  llvm_unreachable("all formulas are above");
}

void prim::expandFormulas(Block &block) {
  for (auto op : llvm::make_early_inc_range(block.getOps<QuantizedOp>())) {
    OpBuilder builder(op);
    ScalarBuilder scalars(builder, op.getLoc());
    op.replaceAllUsesWith(expandFormula(scalars, op));
    op.erase();
  }
}
