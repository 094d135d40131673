// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph dialect: registration and verifiers.

#include "core/graph/Graph.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::graph;
using namespace mlir;

#include "core/graph/GraphDialect.cpp.inc"

#define GET_OP_CLASSES
#include "core/graph/GraphOps.cpp.inc"

void GraphDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "core/graph/GraphOps.cpp.inc"
      >();
}

static LogicalResult verifyEpsilon(Operation *op, const APFloat &epsilon) {
  const double value = epsilon.convertToDouble();
  if (std::isfinite(value) && value >= 0)
    return success();
  return op->emitOpError("needs a finite epsilon of at least 0, but got ")
         << value;
}

LogicalResult AttentionOp::verify() {
  auto query = getQuery().getType(), key = getKey().getType(),
       value = getValue().getType(), result = getResult().getType();
  const bool ranks = query.getRank() == 4 && key.getRank() == 4 &&
                     value.getRank() == 4 && result.getRank() == 4;
  const Type element = query.getElementType();
  if (!ranks || key.getElementType() != element ||
      value.getElementType() != element || result.getElementType() != element ||
      key.getDimSize(0) != query.getDimSize(0) ||
      key.getDimSize(3) != query.getDimSize(3) || key.getDimSize(1) < 1 ||
      query.getDimSize(1) % key.getDimSize(1) != 0 ||
      value.getShape().drop_back() != key.getShape().drop_back() ||
      result.getShape().drop_back() != query.getShape().drop_back() ||
      result.getDimSize(3) != value.getDimSize(3)) // C1
    return emitOpError("needs heads of query, key, value and result that fit "
                       "each other, but got ")
           << query << ", " << key << ", " << value << " and " << result;
  if (getBias()) { // C2
    auto bias = cast<ShapedType>(getBias().getType());
    const SmallVector<int64_t> scores{query.getDimSize(0), query.getDimSize(1),
                                      query.getDimSize(2), key.getDimSize(2)};
    if (bias.getElementType() != element ||
        !prim::isBroadcastable(bias.getShape(), scores))
      return emitOpError("needs a bias that broadcasts to ")
             << RankedTensorType::get(scores, element) << ", but got " << bias;
  }
  const double scale = getScale().convertToDouble(),
               softcap = getSoftcap().convertToDouble();
  if (!std::isfinite(scale) || !std::isfinite(softcap) || softcap < 0) // C3
    return emitOpError("needs a finite scale, and a finite softcap of at "
                       "least 0, but got ")
           << scale << " and " << softcap;
  return success();
}

LogicalResult BatchNormOp::verify() {
  auto input = getInput().getType(), scale = getScale().getType();
  if (input.getRank() < 2 || scale.getRank() != 1 ||
      scale.getDimSize(0) != input.getDimSize(1)) // C1
    return emitOpError("needs statistics per channel, but got ")
           << scale << " for " << input;
  return verifyEpsilon(*this, getEpsilon()); // C2
}

static LogicalResult verifyDim(Operation *op, int64_t dim,
                               ArrayRef<int64_t> shape) {
  if (dim >= 0 && dim < static_cast<int64_t>(shape.size()))
    return success();
  return op->emitOpError("needs a dim from 0 to ")
         << static_cast<int64_t>(shape.size()) - 1 << ", but got " << dim;
}

LogicalResult LayerNormOp::verify() {
  auto input = getInput().getType();
  if (failed(verifyDim(*this, getAxis(), input.getShape()))) // C1
    return failure();
  for (Value value : {Value(getScale()), Value(getBias())}) { // C2
    if (!value)
      continue;
    auto type = cast<ShapedType>(value.getType());
    if (type.getElementType() != input.getElementType() ||
        !prim::isBroadcastable(type.getShape(), input.getShape()))
      return emitOpError("needs scale and bias that broadcast to ")
             << input << ", but got " << type;
  }
  return verifyEpsilon(*this, getEpsilon()); // C3
}

LogicalResult LogSoftmaxOp::verify() {
  return verifyDim(*this, getAxis(), getInput().getType().getShape());
}

LogicalResult SoftmaxOp::verify() {
  return verifyDim(*this, getAxis(), getInput().getType().getShape());
}
