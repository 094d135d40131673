// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Composing and sinking of transposes.

#include "core/fold/Cost.h"
#include "core/prim/Build.h"
#include "core/prim/Permutation.h"
#include "core/transforms/Passes.h"
#include "core/transforms/Regions.h"

namespace glowplug {
#define GEN_PASS_DEF_CANCELTRANSPOSES
#include "core/transforms/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

using prim::Dims;

namespace {

struct CancelTransposes
    : glowplug::impl::CancelTransposesBase<CancelTransposes> {
  void runOnOperation() override {
    // From top to bottom: a transpose that sinks meets the next candidate
    // below.
    for (Block &block : getOperation().getBody())
      for (Operation &op : llvm::make_early_inc_range(block))
        visit(&op);
  }

private:
  void visit(Operation *op);
};

/// transpose(transpose(x, q), p) -> transpose(x, p after q), or x
void composeWithOperand(prim::TransposeOp outer) {
  if (auto inner = outer.getInput().getDefiningOp<prim::TransposeOp>()) {
    outer.setPermutation(
        prim::compose(outer.getPermutation(), inner.getPermutation()));
    outer.getInputMutable().assign(inner.getInput());
    if (inner.use_empty())
      inner.erase();
  }
  if (llvm::is_sorted(outer.getPermutation())) {
    outer.replaceAllUsesWith(outer.getInput());
    outer.erase();
  }
}

/// Whether transposing \p value moves no bytes at run time: a constant, or at
/// most one dim that is not 1.
bool isFreeToTranspose(Value value) {
  return value.getDefiningOp<prim::ConstantOp>() ||
         llvm::count_if(prim::shapeOf(value),
                        [](int64_t size) { return size != 1; }) <= 1;
}

/// The permutation of the transposes that can sink below \p op, whose first
/// \p tensors operands have the dims of its result; nothing if none can, or if
/// it would not pay.
std::optional<Dims> findSinking(Operation *op, unsigned tensors) {
  std::optional<Dims> permutation;
  llvm::SmallDenseSet<Operation *, 4> seen;
  int64_t removed = 0, added = 0; // bytes moved by transposes
  for (Value operand : op->getOperands().take_front(tensors)) {
    if (auto transpose = operand.getDefiningOp<prim::TransposeOp>()) {
      if (permutation && ArrayRef(*permutation) != transpose.getPermutation())
        return std::nullopt;
      permutation = Dims(transpose.getPermutation());
      if (transpose->getBlock() == op->getBlock() &&
          isUsedOnlyBy(transpose, op) && seen.insert(transpose).second)
        removed += byteCountOf(operand);
    } else if (!isFreeToTranspose(operand)) {
      return std::nullopt;
    }
  }
  for (Value result : op->getResults())
    if (!result.use_empty())
      added += byteCountOf(result);
  if (!permutation || removed == 0 || added > removed)
    return std::nullopt;
  return permutation;
}

/// op(transpose(x, p), ...) -> transpose(op(x, ...), p)
void sink(Operation *op, unsigned tensors, const Dims &permutation) {
  OpBuilder builder(op);
  prim::PrimBuilder prims(builder, op->getLoc());
  for (OpOperand &operand : op->getOpOperands().take_front(tensors)) {
    auto transpose = operand.get().getDefiningOp<prim::TransposeOp>();
    if (!transpose) {
      operand.set(prims.transpose(operand.get(), prim::inverse(permutation)));
      continue;
    }
    operand.set(transpose.getInput());
    if (transpose.use_empty())
      transpose.erase();
  }

  cast<prim::DimwiseInterface>(op).untranspose(permutation);
  builder.setInsertionPointAfter(op);
  for (Value result : op->getResults()) {
    auto type = cast<RankedTensorType>(result.getType());
    result.setType(
        RankedTensorType::get(prim::untransposed(type.getShape(), permutation),
                              type.getElementType()));
    if (result.use_empty())
      continue;
    auto below = builder.create<prim::TransposeOp>(op->getLoc(), type, result,
                                                   permutation);
    result.replaceAllUsesExcept(below, below);
  }
}

void CancelTransposes::visit(Operation *op) {
  if (auto transpose = dyn_cast<prim::TransposeOp>(op))
    return composeWithOperand(transpose);
  auto dimwise = dyn_cast<prim::DimwiseInterface>(op);
  if (!dimwise)
    return;
  const unsigned tensors = dimwise.getDimwiseCount();
  if (std::optional<Dims> permutation = findSinking(op, tensors))
    sink(op, tensors, *permutation);
}

} // namespace
