// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a sum or product of two quantised tensors was made from.

#include "core/prim/Schemes.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug::prim;
using namespace mlir;

static constexpr char scalesAttr[] = "prim.scales";
static constexpr char zeroPointsAttr[] = "prim.zero_points";

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
