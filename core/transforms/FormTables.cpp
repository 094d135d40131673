// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of one 8-bit element, evaluated for all of its 256 values.

#include "core/fold/Evaluate.h"
#include "core/prim/Build.h"
#include "core/prim/Constant.h"
#include "core/transforms/Passes.h"
#include "core/transforms/Regions.h"

#include "mlir/IR/IRMapping.h"

namespace glowplug {
#define GEN_PASS_DEF_FORMTABLES
#include "core/transforms/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

static bool hasEightBits(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.getWidth() == 8;
}

/// Whether \p map computes in floats from one 8-bit element to another: a
/// computation in integers throughout takes no longer than a lookup.
static bool isWorthIt(prim::MapOp map) {
  if (map.getNumOperands() != 1 || map.getNumResults() != 1 ||
      map.getOperand(0).getDefiningOp<prim::ConstantOp>() ||
      !hasEightBits(prim::elementOf(map.getOperand(0))) ||
      !hasEightBits(prim::elementOf(map.getResult(0))))
    return false;
  return llvm::any_of(map.getBody().front().without_terminator(),
                      [](Operation &op) {
                        return isa<prim::QuantizedOp>(op) ||
                               (isa<prim::ScalarOp>(op) &&
                                isa<FloatType>(op.getResult(0).getType()));
                      });
}

/// What \p map gives for all values of its operand.
static Tensor evaluateAll(prim::MapOp map) {
  return evaluateForAll(map.getLoc(), prim::elementOf(map.getOperand(0)),
                        [&](prim::ScalarBuilder &s, ValueRange v) {
                          IRMapping mapping;
                          Block &body = map.getBody().front();
                          mapping.map(body.getArgument(0), v[0]);
                          for (Operation &op : body.without_terminator())
                            s.builder.clone(op, mapping);
                          return mapping.lookup(
                              body.getTerminator()->getOperand(0));
                        });
}

static bool isIdentity(const Tensor &table, Type from, Type to) {
  for (auto [i, entry] : llvm::enumerate(table.bytes()))
    if (entry != i)
      return false;
  return from == to;
}

/// Gives \p map a body of one table.
static void form(prim::MapOp map) {
  const Tensor table = evaluateAll(map);
  Value operand = map.getOperand(0);
  if (isIdentity(table, prim::elementOf(operand),
                 prim::elementOf(map.getResult(0)))) {
    map.getResult(0).replaceAllUsesWith(operand);
    map.erase();
    return;
  }
  Block &body = map.getBody().front();
  Operation *yield = body.getTerminator();
  OpBuilder builder(yield);
  prim::ScalarBuilder scalars(builder, map.getLoc());
  yield->setOperand(0, scalars.table(body.getArgument(0), table));
  // A list, because a reversed range stands on the op that was erased last.
  SmallVector<Operation *> ops(
      llvm::make_pointer_range(body.without_terminator()));
  for (Operation *op : llvm::reverse(ops))
    if (op->use_empty())
      op->erase();
}

namespace {

struct FormTables : glowplug::impl::FormTablesBase<FormTables> {
  void runOnOperation() override {
    for (Block &block : getOperation().getBody())
      for (auto map : llvm::make_early_inc_range(block.getOps<prim::MapOp>()))
        if (isWorthIt(map))
          form(map);
  }
};

} // namespace
