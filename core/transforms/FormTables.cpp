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

static bool isByte(Value scalar) {
  auto integer = dyn_cast<IntegerType>(scalar.getType());
  return integer && integer.getWidth() == 8;
}

namespace {

/// What a scalar is computed from.
struct Origin {
  enum Kind { constants, oneByte, more } kind = more;
  Value byte; ///< The 8-bit scalar, of oneByte; a byte is its own otherwise.

  bool operator==(const Origin &) const = default;
};

/// The functions of one 8-bit scalar in a region over scalars.
class ByteFunctions {
public:
  explicit ByteFunctions(Block &block);

  /// Puts a table in the place of each that is worth it.
  void formTables();

private:
  Origin originOf(Operation &op) const;
  /// Whether something that is no function of the same byte uses \p scalar.
  bool isWanted(Value scalar) const;
  bool isUsedOutside(OpOperand &use) const;
  /// The ops that compute \p scalar from its byte, in their order.
  SmallVector<Operation *> opsOf(Value scalar) const;
  void formTable(Value scalar, ArrayRef<Operation *> ops);

  Block &block;
  llvm::DenseMap<Value, Origin> origins;
};

} // namespace

ByteFunctions::ByteFunctions(Block &block) : block(block) {
  for (BlockArgument argument : block.getArguments())
    if (isByte(argument))
      origins[argument] = {Origin::oneByte, argument};
  for (Operation &op : block.without_terminator()) {
    Origin origin = originOf(op);
    if (origin.kind == Origin::more && isByte(op.getResult(0)))
      origin = {Origin::oneByte, op.getResult(0)};
    origins[op.getResult(0)] = origin;
  }
}

Origin ByteFunctions::originOf(Operation &op) const {
  Origin all{Origin::constants, {}};
  for (Value operand : op.getOperands()) {
    const Origin origin = origins.lookup(operand);
    if (origin.kind == Origin::constants || origin == all)
      continue;
    if (all.kind != Origin::constants)
      return {};
    all = origin;
  }
  return all;
}

bool ByteFunctions::isUsedOutside(OpOperand &use) const {
  Operation *user = use.getOwner();
  return user == block.getTerminator() ||
         origins.lookup(user->getResult(0)) != origins.lookup(use.get());
}

bool ByteFunctions::isWanted(Value scalar) const {
  const Origin origin = origins.lookup(scalar);
  return isByte(scalar) && origin.kind == Origin::oneByte &&
         origin.byte != scalar &&
         llvm::any_of(scalar.getUses(),
                      [&](OpOperand &use) { return isUsedOutside(use); });
}

SmallVector<Operation *> ByteFunctions::opsOf(Value scalar) const {
  const Value byte = origins.lookup(scalar).byte;
  llvm::DenseSet<Value> needed{scalar};
  SmallVector<Operation *> ops;
  for (Operation *op = scalar.getDefiningOp(); op; op = op->getPrevNode())
    if (needed.contains(op->getResult(0)) && op->getResult(0) != byte) {
      needed.insert(op->operand_begin(), op->operand_end());
      ops.push_back(op);
    }
  std::reverse(ops.begin(), ops.end());
  return ops;
}

/// Whether \p ops compute in floats, or look up twice: a computation in
/// integers throughout takes no longer than a lookup.
static bool isWorthIt(ArrayRef<Operation *> ops) {
  int lookups = 0;
  for (Operation *op : ops) {
    auto scalar = dyn_cast<prim::ScalarOp>(op);
    if (isa<prim::QuantizedOp>(op) ||
        (scalar && isa<FloatType>(scalar.getResult().getType())))
      return true;
    lookups += scalar && scalar.getKind() == prim::ScalarKind::table;
  }
  return lookups > 1;
}

static bool isIdentity(const Tensor &table, Type from, Type to) {
  for (auto [i, entry] : llvm::enumerate(table.bytes()))
    if (entry != i)
      return false;
  return from == to;
}

void ByteFunctions::formTable(Value scalar, ArrayRef<Operation *> ops) {
  const Value byte = origins.lookup(scalar).byte;
  const Tensor table =
      evaluateForAll(scalar.getLoc(), byte.getType(),
                     [&](prim::ScalarBuilder &s, ValueRange v) {
                       IRMapping mapping;
                       mapping.map(byte, v[0]);
                       for (Operation *op : ops)
                         s.builder.clone(*op, mapping);
                       return mapping.lookup(scalar);
                     });
  Value result = byte;
  if (!isIdentity(table, byte.getType(), scalar.getType())) {
    OpBuilder builder(scalar.getContext());
    builder.setInsertionPointAfter(scalar.getDefiningOp());
    result = prim::ScalarBuilder(builder, scalar.getLoc()).table(byte, table);
    origins[result] = {}; // not to be looked at again
  }
  scalar.replaceUsesWithIf(result,
                           [&](OpOperand &use) { return isUsedOutside(use); });
}

void ByteFunctions::formTables() {
  SmallVector<Value> wanted;
  for (Operation &op : block.without_terminator())
    if (isWanted(op.getResult(0)))
      wanted.push_back(op.getResult(0));
  for (Value scalar : wanted)
    if (const SmallVector<Operation *> ops = opsOf(scalar); isWorthIt(ops))
      formTable(scalar, ops);
  // A list, because a reversed range stands on the op that was erased last.
  SmallVector<Operation *> ops(
      llvm::make_pointer_range(block.without_terminator()));
  for (Operation *op : llvm::reverse(ops))
    if (op->use_empty())
      op->erase();
}

/// The region over scalars of \p op; null if it has none.
static Block *scalarsOf(Operation &op) {
  Region *region = nullptr;
  if (auto map = dyn_cast<prim::MapOp>(op))
    region = &map.getBody();
  else if (auto owner = dyn_cast<prim::EpilogueInterface>(op))
    region = &owner.getEpilogue();
  return region && !region->empty() ? &region->front() : nullptr;
}

/// A map that gives back its operand goes altogether.
static void eraseIdentity(Operation &op) {
  auto map = dyn_cast<prim::MapOp>(op);
  if (!map || map.getNumOperands() != 1 || map.getNumResults() != 1 ||
      map.getOperand(0).getType() != map.getResult(0).getType())
    return;
  Block &body = map.getBody().front();
  if (body.getTerminator()->getOperand(0) != body.getArgument(0))
    return;
  map.getResult(0).replaceAllUsesWith(map.getOperand(0));
  map.erase();
}

/// What is known at compile time is folded, not looked up.
static bool isConstant(Operation &op) {
  return isa<prim::MapOp>(op) &&
         llvm::all_of(op.getOperands(), [](Value operand) {
           return operand.getDefiningOp<prim::ConstantOp>() != nullptr;
         });
}

namespace {

struct FormTables : glowplug::impl::FormTablesBase<FormTables> {
  void runOnOperation() override {
    for (Block &block : getOperation().getBody())
      for (Operation &op : llvm::make_early_inc_range(block)) {
        Block *scalars = scalarsOf(op);
        if (!scalars || isConstant(op))
          continue;
        ByteFunctions(*scalars).formTables();
        eraseIdentity(op);
      }
  }
};

} // namespace
