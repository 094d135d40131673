// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cutting of epilogues where a narrow integer is all that passes.

#include "core/lowering/SplitEpilogue.h"

#include "core/prim/Epilogue.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace glowplug;
using namespace mlir;

/// \p value and what it is computed from: scalars and parameters. Does not look
/// beyond \p stop.
static llvm::SetVector<Value> sliceOf(Value value, Value stop = {}) {
  llvm::SetVector<Value> slice;
  slice.insert(value);
  for (size_t i = 0; i < slice.size(); ++i)
    if (Operation *maker = slice[i].getDefiningOp(); maker && slice[i] != stop)
      for (Value operand : maker->getOperands())
        slice.insert(operand);
  return slice;
}

static bool isEightBits(Value value) {
  auto type = dyn_cast<IntegerType>(value.getType());
  return type && type.getWidth() == 8;
}

/// The last 8-bit integer in \p block, other than the result, through which all
/// influence of the accumulator on the result goes; null if there is none.
static Value lastNarrow(Block &block) {
  const Value accumulator = block.getArgument(0);
  const Value result = block.getTerminator()->getOperand(0);
  for (Operation &op : llvm::reverse(block.without_terminator())) {
    const Value scalar = op.getResult(0);
    if (scalar != result && isEightBits(scalar) &&
        sliceOf(scalar).contains(accumulator) &&
        !sliceOf(result, scalar).contains(accumulator))
      return scalar;
  }
  return {};
}

namespace {

/// One of the two ops that an epilogue is cut into: its block, and the extra
/// operands that it reads.
class Part {
public:
  Part(Block &from, const llvm::SetVector<Value> &slice)
      : from(from), slice(slice) {}

  /// Of the extra operands \p extras of the whole.
  SmallVector<Value> pick(OperandRange extras) const {
    SmallVector<Value> picked;
    for (auto [extra, parameter] :
         llvm::zip_equal(extras, from.getArguments().drop_front()))
      if (slice.contains(parameter))
        picked.push_back(extra);
    return picked;
  }

  /// Fills \p to: its first parameter is \p first, and it yields \p last.
  void copy(Block &to, Value first, Value last) const {
    IRMapping mapping;
    mapping.map(first, to.addArgument(first.getType(), first.getLoc()));
    for (BlockArgument parameter : from.getArguments().drop_front())
      if (slice.contains(parameter))
        mapping.map(parameter,
                    to.addArgument(parameter.getType(), parameter.getLoc()));
    OpBuilder builder = OpBuilder::atBlockEnd(&to);
    for (Operation &op : from.without_terminator())
      if (const Value scalar = op.getResult(0);
          scalar != first && slice.contains(scalar))
        builder.clone(op, mapping);
    builder.create<prim::YieldOp>(last.getLoc(), mapping.lookup(last));
  }

private:
  Block &from;
  const llvm::SetVector<Value> &slice;
};

} // namespace

SplitOps glowplug::cutEpilogue(Operation *op) {
  Block &block = prim::epilogueOf(op)->front();
  const Value cut = lastNarrow(block);
  if (!cut)
    return splitEpilogue(op);
  const Value result = block.getTerminator()->getOperand(0);
  const llvm::SetVector<Value> head = sliceOf(cut), tail = sliceOf(result, cut);
  const Part before(block, head), after(block, tail);
  const OperandRange extras =
      op->getOperands().drop_front(prim::inputCount(op));

  OpBuilder builder(op);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Operation *plain = prim::cloneWithExtras(builder, op, before.pick(extras),
                                           type.clone(cut.getType()));
  before.copy(plain->getRegion(0).emplaceBlock(), block.getArgument(0), cut);

  SmallVector<Value> operands{plain->getResult(0)};
  llvm::append_range(operands, after.pick(extras));
  auto map =
      builder.create<prim::MapOp>(op->getLoc(), TypeRange{type}, operands);
  after.copy(map.getBody().emplaceBlock(), cut, result);
  op->getResult(0).replaceAllUsesWith(map.getResult(0));
  op->erase();
  return {plain, map};
}
