// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What element-wise ops and average pools of quantised tensors were made from.

#include "core/prim/Schemes.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug::prim;
using namespace mlir;

static constexpr char scalesAttr[] = "prim.scales";
static constexpr char zeroPointsAttr[] = "prim.zero_points";
static constexpr char poolScalesAttr[] = "prim.pool_scales";
static constexpr char poolZeroPointsAttr[] = "prim.pool_zero_points";
static constexpr char poolCountAttr[] = "prim.pool_count";

void glowplug::prim::setPairSchemes(Operation *op, const PairSchemes &schemes) {
  MLIRContext *context = op->getContext();
  op->setAttr(scalesAttr, DenseF32ArrayAttr::get(context, schemes.scales));
  op->setAttr(zeroPointsAttr,
              DenseI32ArrayAttr::get(context, schemes.zeroPoints));
}

std::optional<PairSchemes> glowplug::prim::pairSchemesOf(Operation *op) {
  auto scales = op->getAttrOfType<DenseF32ArrayAttr>(scalesAttr);
  auto zeroPoints = op->getAttrOfType<DenseI32ArrayAttr>(zeroPointsAttr);
  PairSchemes schemes;
  if (!scales || !zeroPoints || scales.size() != 3 || zeroPoints.size() != 3)
    return std::nullopt;
  llvm::copy(scales.asArrayRef(), schemes.scales.begin());
  llvm::copy(zeroPoints.asArrayRef(), schemes.zeroPoints.begin());
  return schemes;
}

void glowplug::prim::setPoolScheme(Operation *op, const PoolScheme &scheme) {
  MLIRContext *context = op->getContext();
  op->setAttr(poolScalesAttr,
              DenseF32ArrayAttr::get(context, {scheme.xScale, scheme.yScale}));
  op->setAttr(
      poolZeroPointsAttr,
      DenseI32ArrayAttr::get(context, {scheme.xZeroPoint, scheme.yZeroPoint}));
  op->setAttr(poolCountAttr,
              FloatAttr::get(Float64Type::get(context), scheme.count));
}

std::optional<PoolScheme> glowplug::prim::poolSchemeOf(Operation *op) {
  auto scales = op->getAttrOfType<DenseF32ArrayAttr>(poolScalesAttr);
  auto zeroPoints = op->getAttrOfType<DenseI32ArrayAttr>(poolZeroPointsAttr);
  auto count = op->getAttrOfType<FloatAttr>(poolCountAttr);
  if (!scales || !zeroPoints || !count || scales.size() != 2 ||
      zeroPoints.size() != 2)
    return std::nullopt;
  return PoolScheme{scales[0], scales[1], zeroPoints[0], zeroPoints[1],
                    count.getValueAsDouble()};
}

void glowplug::prim::removePoolScheme(Operation *op) {
  for (const char *name : {poolScalesAttr, poolZeroPointsAttr, poolCountAttr})
    op->removeAttr(name);
}
