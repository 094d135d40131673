// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums and products of two quantised tensors by integer rescales.

#include "core/prim/Schemes.h"
#include "core/quantize/islands/Scheme.h"
#include "core/quantize/recipes/Difference.h"
#include "core/quantize/recipes/RegionEditor.h"

#include <cmath>

using namespace glowplug;
using namespace mlir;

using islands::Numbers;
using K = prim::ScalarKind;

namespace {

/// Scales and zero points of both sides and the result.
struct Schemes {
  double a, b, y;
  int32_t aZp, bZp, yZp;
};

/// The scalars that are combined.
struct Sides {
  Value a, b;
  bool adds;
};

} // namespace

static std::optional<Schemes> schemesOf(prim::ScalarOp op) {
  const std::optional<prim::PairSchemes> kept = prim::pairSchemesOf(op);
  if (!kept)
    return std::nullopt;
  const auto &[s, zp] = *kept;
  return Schemes{s[0], s[1], s[2], zp[0], zp[1], zp[2]};
}

/// quantize(fma(a, ra, fma(b, rb, fixed))), or
/// quantize(add(mul(mul(a - az, b - bz), scale), zp)), of casts of integers.
static std::optional<Sides> sidesOf(prim::ScalarOp quantize) {
  auto uncast = [](Value value) -> Value {
    Operation *cast = madeBy(value, K::cast);
    return cast ? cast->getOperand(0) : Value();
  };
  Value real = quantize.getOperand(0);
  if (Operation *outer = madeBy(real, K::fma)) {
    Operation *inner = madeBy(outer->getOperand(2), K::fma);
    if (!inner)
      return std::nullopt;
    Value a = uncast(outer->getOperand(0)), b = uncast(inner->getOperand(0));
    return a && b ? std::optional(Sides{a, b, true}) : std::nullopt;
  }
  Operation *moved = madeBy(real, K::add);
  Operation *scaled = moved ? madeBy(moved->getOperand(0), K::mul) : nullptr;
  Value integer = scaled ? uncast(scaled->getOperand(0)) : Value();
  Operation *product = integer ? madeBy(integer, K::mul) : nullptr;
  if (!product)
    return std::nullopt;
  SmallVector<Value, 2> sides;
  for (Value centered : product->getOperands()) {
    Operation *sub = madeBy(centered, K::sub);
    Value side = sub ? uncast(sub->getOperand(0)) : Value();
    if (!side)
      return std::nullopt;
    sides.push_back(side);
  }
  return Sides{sides[0], sides[1], false};
}

bool glowplug::isElementwise(prim::ScalarOp quantize) {
  return schemesOf(quantize) && sidesOf(quantize);
}

namespace {

/// The scales of the rescales of an addition. Both sides are brought to one
/// unit, a fraction of the larger step: no side is beyond 2^27 units, and what
/// rounding them loses is nothing beside a step of the result.
struct AddScales {
  double a, b, y;
  explicit AddScales(const Schemes &s) {
    const double unit = std::max(s.a, s.b) / (1 << 19);
    a = s.a / unit;
    b = s.b / unit;
    y = unit / s.y;
  }
};

} // namespace

static int32_t addInIntegers(Recipe recipe, const Schemes &s, int32_t a,
                             int32_t b, Type type, Type i32) {
  const AddScales scales(s);
  const int32_t left = rescaleNumber(recipe, a - s.aZp, scales.a, 0, i32);
  const int32_t right = rescaleNumber(recipe, b - s.bZp, scales.b, 0, i32);
  return rescaleNumber(recipe, left + right, scales.y, s.yZp, type);
}

static int32_t addInFloats(const Schemes &s, int32_t a, int32_t b,
                           std::pair<int32_t, int32_t> range) {
  const auto as = static_cast<float>(s.a), bs = static_cast<float>(s.b),
             ys = static_cast<float>(s.y);
  const float ra = as / ys, rb = bs / ys;
  const float fixed =
      static_cast<float>(s.yZp) -
      std::fma(ra, static_cast<float>(s.aZp), rb * static_cast<float>(s.bZp));
  const float sum = std::fma(static_cast<float>(a), ra,
                             std::fma(static_cast<float>(b), rb, fixed));
  return static_cast<int32_t>(std::min<double>(
      std::max<double>(std::nearbyint(sum), range.first), range.second));
}

static int32_t multiplyInFloats(const Schemes &s, int32_t a, int32_t b,
                                std::pair<int32_t, int32_t> range) {
  const float scale = static_cast<float>(s.a) * static_cast<float>(s.b) /
                      static_cast<float>(s.y);
  const float real = static_cast<float>((a - s.aZp) * (b - s.bZp)) * scale +
                     static_cast<float>(s.yZp);
  return static_cast<int32_t>(std::min<double>(
      std::max<double>(std::nearbyint(real), range.first), range.second));
}

Value glowplug::rewriteElementwise(RegionEditor &editor,
                                   prim::ScalarOp quantize, Recipe recipe,
                                   RecipeChange &change) {
  const Schemes s = *schemesOf(quantize);
  const Sides sides = *sidesOf(quantize);
  OpBuilder builder(quantize);
  prim::ScalarBuilder scalars(builder, quantize.getLoc());
  const Type i32 = builder.getI32Type(), type = quantize.getResult().getType();
  const int64_t rank = prim::rankOf(editor.op->getResult(0));
  auto integer = [&](int64_t value) { return scalars.number(value, i32); };
  auto rescale = [&](Value x, double scale, Value zp) {
    return buildRescale(scalars, editor, recipe, x, Numbers::one(scale, rank),
                        zp);
  };
  auto centered = [&](Value side, int32_t zp) {
    Value wide = scalars.cast(side, i32);
    return zp == 0 ? wide : scalars.sub(wide, integer(zp));
  };
  const auto range = islands::rangeOf(type);
  const int32_t lowA = islands::rangeOf(sides.a.getType()).first,
                lowB = islands::rangeOf(sides.b.getType()).first;
  change.domain = "pairs of integers";
  Value a = centered(sides.a, s.aZp), b = centered(sides.b, s.bZp);
  Value zp = scalars.number(int64_t{s.yZp}, type);

  if (!sides.adds) {
    const double scale = s.a * s.b / s.y;
    countPairs(
        [&](int32_t x, int32_t y) { return multiplyInFloats(s, x, y, range); },
        [&](int32_t x, int32_t y) {
          return rescaleNumber(recipe, (x - s.aZp) * (y - s.bZp), scale, s.yZp,
                               type);
        },
        lowA, lowB, change);
    return rescale(scalars.mul(a, b), scale, zp);
  }
  countPairs([&](int32_t x, int32_t y) { return addInFloats(s, x, y, range); },
             [&](int32_t x, int32_t y) {
               return addInIntegers(recipe, s, x, y, type, i32);
             },
             lowA, lowB, change);
  const AddScales scales(s);
  Value left = rescale(a, scales.a, integer(0));
  Value right = rescale(b, scales.b, integer(0));
  return rescale(scalars.add(left, right), scales.y, zp);
}
