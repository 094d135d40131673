// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Composing and sinking of reshapes.

#include "core/prim/Build.h"
#include "core/prim/Epilogue.h"
#include "core/transforms/Passes.h"
#include "core/transforms/Regions.h"

namespace glowplug {
#define GEN_PASS_DEF_CANCELRESHAPES
#include "core/transforms/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

using Shape = prim::Shape;

/// The shape that broadcasts to \p to as \p small broadcasts to \p from, when
/// a tensor of shape \p from is reshaped to \p to. Nothing if no shape does.
///
/// Both shapes are walked in groups of dims with equal products; a group of
/// \p small must be repeated whole (all 1) or not at all.
static std::optional<Shape> reshapedOperand(ArrayRef<int64_t> small,
                                            ArrayRef<int64_t> from,
                                            ArrayRef<int64_t> to) {
  Shape result;
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    const size_t firstI = i, firstJ = j;
    int64_t left = 1, right = 1; // products within the group
    if (i < from.size())
      left = from[i++];
    if (j < to.size())
      right = to[j++];
    while (left != right) {
      if (left < right && i < from.size())
        left *= from[i++];
      else if (right < left && j < to.size())
        right *= to[j++];
      else
        return std::nullopt;
    }
    const auto group = llvm::zip_equal(small.slice(firstI, i - firstI),
                                       from.slice(firstI, i - firstI));
    const bool isWhole = llvm::all_of(group, [](auto sizes) {
      return std::get<0>(sizes) == std::get<1>(sizes);
    });
    const bool isRepeated =
        llvm::all_of(group, [](auto sizes) { return std::get<0>(sizes) == 1; });
    if (!isWhole && !isRepeated)
      return std::nullopt;
    for (int64_t size : to.slice(firstJ, j - firstJ))
      result.push_back(isWhole ? size : 1);
  }
  return result;
}

namespace {

struct CancelReshapes : glowplug::impl::CancelReshapesBase<CancelReshapes> {
  void runOnOperation() override {
    // From top to bottom: a reshape that sinks meets the next candidate below.
    for (Block &block : getOperation().getBody())
      for (Operation &op : llvm::make_early_inc_range(block))
        visit(&op);
  }

private:
  void visit(Operation *op);
};

/// reshape(reshape(x)) -> reshape(x), or x
void composeWithOperand(prim::ReshapeOp outer) {
  if (auto inner = outer.getInput().getDefiningOp<prim::ReshapeOp>()) {
    outer.getInputMutable().assign(inner.getInput());
    if (inner.use_empty())
      inner.erase();
  }
  if (outer.getInput().getType() == outer.getType()) {
    outer.replaceAllUsesWith(outer.getInput());
    outer.erase();
  }
}

/// Whether \p transpose keeps the order of the dims that are not 1.
bool isReshape(prim::TransposeOp transpose) {
  int64_t last = -1;
  for (int64_t dim : transpose.getPermutation()) {
    if (prim::shapeOf(transpose.getInput())[dim] == 1)
      continue;
    if (dim < last)
      return false;
    last = dim;
  }
  return true;
}

/// A reshape above \p map that is better moved below it; null if there is none.
prim::ReshapeOp findSinking(prim::MapOp map) {
  ArrayRef<int64_t> shape = prim::shapeOf(map.getResult(0));
  unsigned reshapes = 0;
  prim::ReshapeOp found;
  for (Value operand : map.getOperands()) {
    auto reshape = operand.getDefiningOp<prim::ReshapeOp>();
    if (!reshape || prim::shapeOf(operand) != shape ||
        reshape->getBlock() != map->getBlock())
      continue;
    if (found &&
        prim::shapeOf(found.getInput()) == prim::shapeOf(reshape.getInput())) {
      ++reshapes;
      continue;
    }
    // Next to its producer, the map can become its epilogue or merge with it.
    Operation *producer = reshape.getInput().getDefiningOp();
    const bool brings =
        producer && isUsedOnlyBy(producer, reshape) &&
        isUsedOnlyBy(reshape, map) &&
        (isa<prim::MapOp>(producer) || prim::takesEpilogue(producer));
    if (!found || brings) {
      found = reshape;
      reshapes = brings ? 2 : 1;
    }
  }
  return reshapes > 1 ? found : nullptr;
}

/// map(reshape(x), y) -> reshape(map(x, reshape'(y)))
void sink(prim::MapOp map, prim::ReshapeOp reshape) {
  const Shape from(prim::shapeOf(reshape.getResult()));
  const Shape to(prim::shapeOf(reshape.getInput()));
  SmallVector<Shape> shapes;
  for (Value operand : map.getOperands()) {
    std::optional<Shape> shape =
        reshapedOperand(prim::shapeOf(operand), from, to);
    if (!shape)
      return;
    shapes.push_back(std::move(*shape));
  }

  OpBuilder builder(map);
  prim::PrimBuilder prims(builder, map.getLoc());
  for (auto [operand, shape] : llvm::zip_equal(map->getOpOperands(), shapes)) {
    auto above = operand.get().getDefiningOp<prim::ReshapeOp>();
    if (above && prim::shapeOf(above.getInput()) == ArrayRef(shape)) {
      operand.set(above.getInput());
      if (above.use_empty())
        above.erase();
    } else {
      operand.set(prims.reshape(operand.get(), shape));
    }
  }
  builder.setInsertionPointAfter(map);
  for (Value result : map.getResults()) {
    auto type = cast<RankedTensorType>(result.getType());
    result.setType(RankedTensorType::get(to, type.getElementType()));
    auto below = builder.create<prim::ReshapeOp>(map.getLoc(), type, result);
    result.replaceAllUsesExcept(below, below);
  }
}

void CancelReshapes::visit(Operation *op) {
  if (auto transpose = dyn_cast<prim::TransposeOp>(op)) {
    if (!isReshape(transpose))
      return;
    OpBuilder builder(op);
    auto reshape = builder.create<prim::ReshapeOp>(
        op->getLoc(), transpose.getType(), transpose.getInput());
    transpose.replaceAllUsesWith(reshape.getResult());
    transpose.erase();
    return composeWithOperand(reshape);
  }
  if (auto reshape = dyn_cast<prim::ReshapeOp>(op))
    return composeWithOperand(reshape);
  if (auto map = dyn_cast<prim::MapOp>(op))
    if (prim::ReshapeOp reshape = findSinking(map))
      sink(map, reshape);
}

} // namespace
