// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each form in which floats rescale a sum to integers, and its integer recipe.

#include "core/quantize/islands/QuantParams.h"
#include "core/quantize/recipes/Difference.h"
#include "core/quantize/recipes/RegionEditor.h"

#include <cmath>

using namespace glowplug;
using namespace mlir;

using islands::Numbers;
using K = prim::ScalarKind;

namespace {

/// round(x * scale + offset) + zp, as floats compute it.
struct Form {
  Value x; ///< i32.
  Numbers scale, zp;
  /// In units of x, before the product; it is rounded for the integers.
  std::optional<Numbers> bias;
  bool roundsLast = false; ///< The zero point is inside of the rounding.
};

} // namespace

static Value uncastFrom32(Value value) {
  Operation *cast = madeBy(value, K::cast);
  return cast && cast->getOperand(0).getType().isInteger(32)
             ? cast->getOperand(0)
             : Value();
}

/// quantize(real, 1, zp) of a scaled sum.
static std::optional<Form> scaledSum(RegionEditor &editor, Value real,
                                     Numbers zp) {
  // mul(cast(x), scale) + zp
  if (Operation *add = madeBy(real, K::add)) {
    Operation *mul = madeBy(add->getOperand(0), K::mul);
    Value x = mul ? uncastFrom32(mul->getOperand(0)) : Value();
    if (!x)
      return std::nullopt;
    auto scale = editor.known(mul->getOperand(1)),
         inside = editor.known(add->getOperand(1));
    if (!scale || !inside || !inside->isOne() || !zp.isOne() ||
        zp.values[0] != 0)
      return std::nullopt;
    return Form{x, *scale, *inside, std::nullopt, true};
  }
  // mul(add(cast(x), bias), scale)
  Operation *mul = madeBy(real, K::mul);
  Operation *add = mul ? madeBy(mul->getOperand(0), K::add) : nullptr;
  Value x = add ? uncastFrom32(add->getOperand(0)) : Value();
  if (!x)
    return std::nullopt;
  auto scale = editor.known(mul->getOperand(1)),
       bias = editor.known(add->getOperand(1));
  if (!scale || !bias)
    return std::nullopt;
  return Form{x, *scale, zp, *bias, false};
}

static std::optional<Form> formOf(RegionEditor &editor, prim::ScalarOp op) {
  if (op.getKind() == K::rescale_fp32_rne) {
    auto scale = editor.known(op.getOperand(1)),
         zp = editor.known(op.getOperand(2));
    if (!scale || !zp)
      return std::nullopt;
    return Form{op.getOperand(0), *scale, *zp, std::nullopt, false};
  }
  auto scale = editor.known(op.getOperand(1)),
       zp = editor.known(op.getOperand(2));
  if (!scale || !zp)
    return std::nullopt;
  if (scale->isOne() && scale->values[0] == 1)
    if (auto form = scaledSum(editor, op.getOperand(0), *zp))
      return form;
  // quantize(dequantize(q))
  Operation *from = madeBy(op.getOperand(0), K::dequantize);
  if (!from || from->getOperand(0).getType().getIntOrFloatBitWidth() > 16)
    return std::nullopt;
  auto fromScale = editor.known(from->getOperand(1)),
       fromZp = editor.known(from->getOperand(2));
  if (!fromScale || !fromZp || !fromZp->isOne())
    return std::nullopt;
  OpBuilder builder(op);
  prim::ScalarBuilder scalars(builder, op.getLoc());
  const Type i32 = builder.getI32Type();
  Value x = scalars.cast(from->getOperand(0), i32);
  if (const auto zero = static_cast<int64_t>(fromZp->values[0]); zero != 0)
    x = scalars.sub(x, scalars.number(zero, i32));
  return Form{x,
              islands::combine(*fromScale, *scale,
                               [](double a, double b) { return a / b; }),
              *zp, std::nullopt, false};
}

/// What floats give for the sum \p x with one scale.
static int32_t inFloats(const Form &form, int32_t x, double scale, double zp,
                        double bias, Type type) {
  if (!form.roundsLast && bias == 0)
    return rescaleNumber(Recipe::fp32Rne, x, scale, static_cast<int32_t>(zp),
                         type);
  const float factor = static_cast<float>(scale);
  const float inside = form.roundsLast ? static_cast<float>(zp) : 0.0f;
  const float real =
      (static_cast<float>(x) + static_cast<float>(bias)) * factor + inside;
  const auto [low, high] = islands::rangeOf(type);
  const double moved =
      std::nearbyint(static_cast<double>(real)) + (form.roundsLast ? 0 : zp);
  return static_cast<int32_t>(
      std::min<double>(std::max<double>(moved, low), high));
}

/// Counts for every scale, bias and zero point that occurs.
static void count(const Form &form, int32_t bound, Recipe recipe, Type type,
                  RecipeChange &change) {
  change.domain = "sums of magnitude up to " + std::to_string(bound);
  const auto [low, high] = islands::rangeOf(type);
  const Numbers noBias =
      Numbers::one(0, static_cast<int64_t>(form.scale.shape.size()));
  std::vector<std::array<double, 3>> cases;
  const Numbers &bias = form.bias ? *form.bias : noBias;
  islands::combine(form.scale, form.zp, [&](double scale, double zp) {
    cases.push_back({scale, zp, 0});
    return 0.0;
  });
  if (form.bias) {
    cases.clear();
    islands::combine(form.scale, bias, [&](double scale, double b) {
      cases.push_back({scale, form.zp.values[0], b});
      return 0.0;
    });
  }
  llvm::sort(cases);
  cases.erase(std::unique(cases.begin(), cases.end()), cases.end());
  for (const auto &[scale, zp, b] : cases) {
    const double s = scale, z = zp, offset = b;
    const auto rounded = static_cast<int64_t>(std::nearbyint(offset));
    countDifferences(
        [&](int32_t x) { return inFloats(form, x, s, z, offset, type); },
        [&](int32_t x) {
          const auto sum = static_cast<int32_t>(
              std::clamp<int64_t>(x + rounded, INT32_MIN, INT32_MAX));
          return rescaleNumber(recipe, sum, s, static_cast<int32_t>(z), type);
        },
        -bound, bound, low, high, change);
  }
}

static Value rewriteForm(RegionEditor &editor, prim::ScalarOp op, Recipe recipe,
                         RecipeChange &change) {
  const Type type = op.getResult().getType();
  const int32_t bound = op.getKind() == K::rescale_fp32_rne
                            ? editor.boundOf(op.getOperand(0))
                            : INT32_MAX;
  std::optional<Form> form = formOf(editor, op);
  if (!form)
    return nullptr;
  if (llvm::any_of(form->scale.values,
                   [](double scale) { return !(scale > 0); }))
    return nullptr;
  if (form->bias && !form->zp.isOne())
    return nullptr;
  if (form->bias && llvm::any_of(form->bias->values, [](double b) {
        return !(std::abs(b) < 1 << 30);
      }))
    return nullptr;
  count(*form, bound, recipe, type, change);

  OpBuilder builder(op);
  prim::ScalarBuilder scalars(builder, op.getLoc());
  Value x = form->x;
  if (form->bias) {
    const Numbers bias =
        form->bias->mapped([](double b) { return std::nearbyint(b); });
    if (llvm::any_of(bias.values, [](double b) { return b != 0; }))
      x = scalars.add(x, editor.add(bias, builder.getI32Type()));
  }
  Value zp = form->roundsLast ? editor.add(form->zp, type) : op.getOperand(2);
  return buildRescale(scalars, editor, recipe, x, form->scale, zp);
}

Value glowplug::rewriteScalar(RegionEditor &editor, Operation *op,
                              Recipe recipe, RecipeChange &change) {
  auto quantized = dyn_cast<prim::QuantizedOp>(op);
  if (!quantized)
    return rewriteForm(editor, cast<prim::ScalarOp>(op), recipe, change);
  return quantized.getFormula() == prim::Formula::average
             ? rewriteAverage(editor, quantized, recipe, change)
             : rewritePair(editor, quantized, recipe, change);
}
