// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluation of ops whose operands are constants.

#include "core/fold/Cost.h"
#include "core/fold/Evaluate.h"
#include "core/prim/Build.h"
#include "core/prim/Constant.h"
#include "core/transforms/Passes.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/IRMapping.h"

namespace glowplug {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "core/transforms/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

/// \p value as a constant; null if it is not one.
static prim::ConstantOp constantOf(Value value) {
  return value.getDefiningOp<prim::ConstantOp>();
}

/// The one element of \p value, repeated; null if it is not a splat.
static DenseElementsAttr splatOf(Value value) {
  prim::ConstantOp constant = constantOf(value);
  if (!constant || !prim::isSplat(constant))
    return nullptr;
  return cast<DenseElementsAttr>(constant.getValue());
}

/// The splat that \p op, which only moves elements, makes from splats, in the
/// type of its result; null if it is not such an op.
static DenseElementsAttr movedSplat(Operation *op) {
  auto movement = dyn_cast<prim::DataMovementInterface>(op);
  if (!movement)
    return nullptr;
  const OperandRange moved = movement.getMoved();
  DenseElementsAttr splat = splatOf(moved.front());
  for (Value operand : moved) {
    DenseElementsAttr other = splatOf(operand);
    if (!splat || !other ||
        splat.getSplatValue<Attribute>() != other.getSplatValue<Attribute>())
      return nullptr;
  }
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (type.getNumElements() == 0)
    return nullptr;
  return splat.resizeSplat(type);
}

namespace {

struct FoldConstants : glowplug::impl::FoldConstantsBase<FoldConstants> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    left = budget;
    // Producers first, so that one walk does it all.
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (Block &block : function.getBody())
        for (Operation &op : llvm::make_early_inc_range(block))
          if (failed(fold(&op)))
            return signalPassFailure();
  }

private:
  LogicalResult fold(Operation *op);
  bool foldReshape(prim::ReshapeOp op);
  LogicalResult foldSplats(prim::MapOp map);
  bool isWorthIt(Operation *op);

  /// Replaces each result of \p op by a constant of what was evaluated.
  LogicalResult replace(
      Operation *op, Operation *evaluated,
      llvm::function_ref<TypedAttr(prim::ConstantOp, Type)> adapt = nullptr);

  int64_t left = 0; // of the budget
};

/// reshape(handle) -> the handle with another type: no byte is copied.
bool FoldConstants::foldReshape(prim::ReshapeOp op) {
  auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(
      constantOf(op.getInput()).getValue());
  if (!resource)
    return false;
  OpBuilder builder(op);
  auto constant = builder.create<prim::ConstantOp>(
      op.getLoc(), cast<TypedAttr>(DenseResourceElementsAttr::get(
                       op.getType(), resource.getRawHandle())));
  op.replaceAllUsesWith(constant.getResult());
  op.erase();
  return true;
}

LogicalResult FoldConstants::replace(
    Operation *op, Operation *evaluated,
    llvm::function_ref<TypedAttr(prim::ConstantOp, Type)> adapt) {
  llvm::Expected<SmallVector<Tensor>> tensors = evaluateOp(evaluated);
  if (!tensors)
    return op->emitError("cannot be folded: ")
           << llvm::toString(tensors.takeError());
  OpBuilder builder(op);
  for (auto [result, tensor] : llvm::zip_equal(op->getResults(), *tensors)) {
    if (result.use_empty())
      continue;
    // The handle shares the bytes.
    prim::ConstantOp constant = prim::createConstant(
        builder, op->getLoc(), tensor, std::make_shared<Tensor>(tensor));
    if (adapt) {
      auto adapted = builder.create<prim::ConstantOp>(
          op->getLoc(), adapt(constant, result.getType()));
      constant.erase();
      constant = adapted;
    }
    result.replaceAllUsesWith(constant.getResult());
  }
  op->erase();
  return success();
}

/// A map of splats gives splats: it is evaluated for one element.
LogicalResult FoldConstants::foldSplats(prim::MapOp map) {
  Block scratch;
  OpBuilder builder(&getContext());
  builder.setInsertionPointToStart(&scratch);
  auto one = [](Type type) {
    auto tensor = cast<RankedTensorType>(type);
    return RankedTensorType::get(SmallVector<int64_t>(tensor.getRank(), 1),
                                 tensor.getElementType());
  };
  SmallVector<Value> operands;
  for (Value operand : map.getOperands())
    operands.push_back(builder.create<prim::ConstantOp>(
        map.getLoc(),
        cast<TypedAttr>(splatOf(operand).resizeSplat(one(operand.getType())))));
  SmallVector<Type> types;
  for (Type type : map.getResultTypes())
    types.push_back(one(type));
  auto small = builder.create<prim::MapOp>(map.getLoc(), types, operands);
  IRMapping mapping;
  map.getBody().cloneInto(&small.getBody(), mapping);

  return replace(map, small, [](prim::ConstantOp constant, Type type) {
    return cast<TypedAttr>(cast<DenseElementsAttr>(constant.getValue())
                               .resizeSplat(cast<RankedTensorType>(type)));
  });
}

/// Whether the results of \p op, all of whose operands are constants, are
/// better stored than computed each time.
bool FoldConstants::isWorthIt(Operation *op) {
  constexpr int64_t small = 4096; // bytes
  constexpr int64_t growth = 8;   // i8 to i64
  int64_t operands = 0, results = 0;
  for (Value operand : op->getOperands())
    if (!splatOf(operand))
      operands += byteCountOf(operand);
  for (Value result : op->getResults())
    results += byteCountOf(result);
  return results <= std::max(small, growth * operands);
}

LogicalResult FoldConstants::fold(Operation *op) {
  if (!isa_and_nonnull<prim::PrimDialect>(op->getDialect()) ||
      isa<prim::ConstantOp>(op) || op->getNumResults() == 0 ||
      isa<prim::ControlInterface>(op)) // what it costs depends on data
    return success();
  if (DenseElementsAttr splat = movedSplat(op)) {
    OpBuilder builder(op);
    auto constant =
        builder.create<prim::ConstantOp>(op->getLoc(), cast<TypedAttr>(splat));
    op->getResult(0).replaceAllUsesWith(constant.getResult());
    op->erase();
    return success();
  }
  for (Value operand : op->getOperands()) {
    prim::ConstantOp constant = constantOf(operand);
    if (!constant)
      return success();
    auto resource = dyn_cast<DenseResourceElementsAttr>(constant.getValue());
    if (resource && !resource.getRawHandle().getBlob())
      return success(); // text without its data
  }

  if (auto reshape = dyn_cast<prim::ReshapeOp>(op))
    if (foldReshape(reshape))
      return success();
  auto isSplat = [](Value operand) { return splatOf(operand) != nullptr; };
  if (auto map = dyn_cast<prim::MapOp>(op))
    if (llvm::all_of(map.getOperands(), isSplat) &&
        elementCountOf(map.getResult(0)) > 0)
      return foldSplats(map);
  const int64_t cost = evaluationCost(op);
  if (cost > left || !isWorthIt(op))
    return success();
  left -= cost;
  return replace(op, op);
}

} // namespace
