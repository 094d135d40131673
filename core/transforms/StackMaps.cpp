// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Merging of maps into the maps that use them.

#include "core/prim/Build.h"
#include "core/transforms/Passes.h"
#include "core/transforms/Regions.h"

namespace glowplug {
#define GEN_PASS_DEF_STACKMAPS
#include "core/transforms/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

namespace {

struct StackMaps : glowplug::impl::StackMapsBase<StackMaps> {
  using StackMapsBase::StackMapsBase;

  void runOnOperation() override {
    // Producers first: each has then merged with its own producers.
    for (Block &block : getOperation().getBody())
      for (Operation &op : llvm::make_early_inc_range(block))
        if (auto map = dyn_cast<prim::MapOp>(op))
          stack(map);
  }

private:
  void stack(prim::MapOp map);
  bool readThroughBroadcasts(prim::MapOp map);
  prim::MapOp findProducer(prim::MapOp map);
  bool fits(prim::MapOp producer, prim::MapOp map);
};

/// The most ops that are cheaper to repeat than to store their result.
constexpr unsigned fewOps = 4;

/// Whether \p map may be computed again in each user, whatever its shape: it
/// holds nothing but constants and a cast or two, or dequantizes a tensor that
/// takes less memory as integers.
bool isCheap(prim::MapOp map) {
  return scalarCount(map.getBody()) <= fewOps &&
         llvm::all_of(
             map.getBody().front().without_terminator(), [](Operation &op) {
               auto scalar = dyn_cast<prim::ScalarOp>(op);
               return scalar
                          ? scalar.getKind() == prim::ScalarKind::cast ||
                                scalar.getKind() == prim::ScalarKind::dequantize
                          : isa<prim::ScalarConstantOp>(op);
             });
}

/// Whether \p op takes about as long as an addition.
bool isLight(Operation &op) {
  auto scalar = dyn_cast<prim::ScalarOp>(op);
  if (!scalar)
    return isa<prim::ScalarConstantOp>(op);
  switch (scalar.getKind()) {
  case prim::ScalarKind::neg:
  case prim::ScalarKind::abs:
  case prim::ScalarKind::cast:
  case prim::ScalarKind::bitcast:
  case prim::ScalarKind::add:
  case prim::ScalarKind::sub:
  case prim::ScalarKind::mul:
  case prim::ScalarKind::min:
  case prim::ScalarKind::max:
  case prim::ScalarKind::select:
    return true;
  default:
    return false;
  }
}

/// Whether \p map is better computed again in each of its few users than
/// stored: all of them are maps, so that it can go, and they then read no more
/// than its result.
bool isRepeatable(prim::MapOp map) {
  constexpr unsigned fewUses = 4;
  if (scalarCount(map.getBody()) > fewOps || map.getNumResults() != 1 ||
      !llvm::hasNItemsOrLess(map.getResult(0).getUses(), fewUses) ||
      !llvm::all_of(map->getUsers(), [&](Operation *user) {
        return isa<prim::MapOp>(user) && user->getBlock() == map->getBlock();
      }))
    return false;
  ArrayRef<int64_t> shape = prim::shapeOf(map.getResult(0));
  const auto large = llvm::count_if(map.getOperands(), [&](Value operand) {
    return prim::shapeOf(operand) == shape;
  });
  return large <= 1 &&
         llvm::all_of(map.getBody().front().without_terminator(), isLight);
}

/// map(broadcast(x)) -> map(x): a map repeats dims of size 1 by itself.
bool StackMaps::readThroughBroadcasts(prim::MapOp map) {
  bool changed = false;
  for (OpOperand &operand : map->getOpOperands())
    if (auto broadcast = operand.get().getDefiningOp<prim::BroadcastOp>()) {
      operand.set(broadcast.getInput());
      if (broadcast.use_empty())
        broadcast.erase();
      changed = true;
    }
  return changed;
}

bool StackMaps::fits(prim::MapOp producer, prim::MapOp map) {
  return scalarCount(producer.getBody()) + scalarCount(map.getBody()) <=
             maxOps &&
         producer.getNumOperands() + map.getNumOperands() - 1 <= maxOperands;
}

/// Whether an op will take \p map into its epilogue: directly, or after a few
/// maps that it takes first (bias, rescale, limits).
static bool joinsEpilogue(prim::MapOp map, unsigned depth = 4) {
  if (epilogueOwner(map))
    return true;
  if (depth == 0 || map.getNumResults() != 1)
    return false;
  return llvm::any_of(map.getOperands(), [&](Value operand) {
    auto producer = operand.getDefiningOp<prim::MapOp>();
    return producer && producer->getBlock() == map->getBlock() &&
           isUsedOnlyBy(producer, map) &&
           prim::shapeOf(operand) == prim::shapeOf(map.getResult(0)) &&
           joinsEpilogue(producer, depth - 1);
  });
}

/// An operand of \p map that can be computed inside of it.
prim::MapOp StackMaps::findProducer(prim::MapOp map) {
  for (Value operand : map.getOperands()) {
    auto producer = operand.getDefiningOp<prim::MapOp>();
    if (!producer || producer->getBlock() != map->getBlock() ||
        !fits(producer, map))
      continue;
    if (isCheap(producer))
      return producer;
    if ((isUsedOnlyBy(producer, map) || isRepeatable(producer)) &&
        prim::shapeOf(operand) == prim::shapeOf(map.getResult(0)) &&
        !joinsEpilogue(producer))
      return producer;
  }
  return nullptr;
}

void StackMaps::stack(prim::MapOp map) {
  readThroughBroadcasts(map);
  simplifyOperands(map);
  while (prim::MapOp producer = findProducer(map)) {
    ScalarOperands operands{SmallVector<Value>(map.getOperands()), 0};
    const bool move = isUsedOnlyBy(producer, map);
    operands.absorb(map.getBody().front(), producer, move);
    operands.simplify(map.getBody().front(), /*keep=*/1);
    map->setOperands(operands.values);
    map->setLoc(
        FusedLoc::get(map.getContext(), {producer.getLoc(), map.getLoc()}));
    if (move)
      producer.erase();
    readThroughBroadcasts(map);
  }
}

} // namespace
