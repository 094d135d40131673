// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums and products of two quantised tensors by integer rescales.

#include "core/fold/Evaluate.h"
#include "core/prim/Quantized.h"
#include "core/quantize/islands/QuantParams.h"
#include "core/quantize/recipes/Difference.h"
#include "core/quantize/recipes/RegionEditor.h"

#include <glowplug/arithmetic.h>

using namespace glowplug;
using namespace mlir;

namespace {

/// The real parameters of one operand or of the result.
struct KnownParams {
  double scale;
  int32_t zp;
};

/// Computes a sum or product in integers.
struct IntegerPair {
  prim::Formula formula;
  Recipe recipe;
  KnownParams a, b, y;
  Type type; ///< Of the result.

  Value build(prim::ScalarBuilder &s, Value left, Value right) const;

private:
  Value centered(prim::ScalarBuilder &s, Value side,
                 const KnownParams &params) const;
  Value rescaled(prim::ScalarBuilder &s, Value x, double scale, Value zp) const;
};

} // namespace

Value IntegerPair::centered(prim::ScalarBuilder &s, Value side,
                            const KnownParams &params) const {
  const Type i32 = s.builder.getI32Type();
  Value wide = s.cast(side, i32);
  return params.zp == 0 ? wide : s.sub(wide, s.number(int64_t{params.zp}, i32));
}

Value IntegerPair::rescaled(prim::ScalarBuilder &s, Value x, double scale,
                            Value zp) const {
  const Type i32 = s.builder.getI32Type();
  const auto [multiplier, shift] = arithmetic::integerScale(scale);
  return buildRescale(s, recipe, x, s.number(int64_t{multiplier}, i32),
                      s.number(int64_t{shift}, i32), zp);
}

/// Both sides of an addition are converted to one unit, a fraction of the
/// larger step: no side exceeds 2^27 units, and rounding them loses next to
/// nothing compared with a step of the result.
Value IntegerPair::build(prim::ScalarBuilder &s, Value left,
                         Value right) const {
  left = centered(s, left, a);
  right = centered(s, right, b);
  Value zp = s.number(int64_t{y.zp}, type);
  if (formula == prim::Formula::mul)
    return rescaled(s, s.mul(left, right), a.scale * b.scale / y.scale, zp);
  const double unit = std::max(a.scale, b.scale) / (1 << 19);
  Value zero = s.number(int64_t{0}, s.builder.getI32Type());
  Value sum = s.add(rescaled(s, left, a.scale / unit, zero),
                    rescaled(s, right, b.scale / unit, zero));
  return rescaled(s, sum, unit / y.scale, zp);
}

static std::optional<KnownParams> known(const RegionEditor &editor,
                                        const prim::ScalarQuantParams &params) {
  const std::optional<double> scale = editor.number(params.scale),
                              zp = editor.number(params.zp);
  if (!scale || !zp || !(*scale > 0))
    return std::nullopt;
  return KnownParams{*scale, static_cast<int32_t>(*zp)};
}

/// The formula that \p pair replaces.
static Value floatsOf(prim::ScalarBuilder &s, const IntegerPair &pair,
                      Value left, Value right) {
  auto scalars = [&](const KnownParams &params, Type type) {
    return prim::ScalarQuantParams{
        s.number(params.scale, s.builder.getF32Type()),
        s.number(int64_t{params.zp}, type)};
  };
  return prim::quantizedPair(
      s, pair.formula, {left, scalars(pair.a, left.getType())},
      {right, scalars(pair.b, right.getType())}, scalars(pair.y, pair.type));
}

Value glowplug::rewritePair(RegionEditor &editor, prim::QuantizedOp op,
                            Recipe recipe, RecipeChange &change) {
  const prim::PairOperands in(op);
  const auto a = known(editor, in.a.params), b = known(editor, in.b.params),
             y = known(editor, in.y);
  if (!a || !b || !y)
    return nullptr;
  const IntegerPair pair{op.getFormula(),         recipe, *a, *b, *y,
                         op.getResult().getType()};
  change.domain = "pairs of integers";
  auto evaluate = [&](prim::ScalarFunction body) {
    return toDoubles(evaluateForAll(
        op.getLoc(), {in.a.value.getType(), in.b.value.getType()}, body));
  };
  countDifferences(evaluate([&](prim::ScalarBuilder &s, ValueRange v) {
                     return floatsOf(s, pair, v[0], v[1]);
                   }),
                   evaluate([&](prim::ScalarBuilder &s, ValueRange v) {
                     return pair.build(s, v[0], v[1]);
                   }),
                   change);
  OpBuilder builder(op);
  prim::ScalarBuilder scalars(builder, op.getLoc());
  return pair.build(scalars, in.a.value, in.b.value);
}
