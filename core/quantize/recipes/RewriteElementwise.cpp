// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums and products of two quantised tensors by integer rescales.

#include "core/quantize/islands/Finish.h"
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
  auto scales = op->getAttrOfType<DenseF32ArrayAttr>(islands::scalesAttr);
  auto zps = op->getAttrOfType<DenseI32ArrayAttr>(islands::zeroPointsAttr);
  if (!scales || !zps || scales.size() != 3 || zps.size() != 3)
    return std::nullopt;
  return Schemes{scales[0], scales[1], scales[2], zps[0], zps[1], zps[2]};
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

/// Room for fractions of the sides' steps while they are added.
static constexpr int leftShift = 20;

static int32_t addInIntegers(Recipe recipe, const Schemes &s, int32_t a,
                             int32_t b, Type type, Type i32) {
  const double common = 2 * std::max(s.a, s.b);
  const int32_t left = rescaleNumber(recipe, (a - s.aZp) * (1 << leftShift),
                                     s.a / common, 0, i32);
  const int32_t right = rescaleNumber(recipe, (b - s.bZp) * (1 << leftShift),
                                      s.b / common, 0, i32);
  return rescaleNumber(recipe, left + right, common / (s.y * (1 << leftShift)),
                       s.yZp, type);
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
    return scalars.sub(scalars.cast(side, i32), integer(zp));
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
  const double common = 2 * std::max(s.a, s.b);
  auto side = [&](Value value, double scale) {
    return rescale(scalars.mul(value, integer(1 << leftShift)), scale / common,
                   integer(0));
  };
  return rescale(scalars.add(side(a, s.a), side(b, s.b)),
                 common / (s.y * (1 << leftShift)), zp);
}
