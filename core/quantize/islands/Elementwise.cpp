// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums and products of two dequantized tensors, by ONNX Runtime's formulas.

#include "core/prim/Quantized.h"
#include "core/quantize/islands/Finish.h"
#include "core/quantize/islands/Rewrites.h"

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

using K = prim::ScalarKind;

namespace {

/// The map to be replaced, what it reads, and what follows.
struct Pair {
  Quantized a, b;
  Tail tail;
};

} // namespace

/// Both operands of \p op, the only scalar op of \p map, whatever they are
/// broadcast to.
static std::optional<Pair> readPair(prim::MapOp map, prim::ScalarOp op) {
  SmallVector<Quantized, 2> sides;
  for (Value scalar : op.getOperands()) {
    auto argument = dyn_cast<BlockArgument>(scalar);
    if (!argument)
      return std::nullopt;
    auto from = readDequantize(map.getOperand(argument.getArgNumber()));
    if (!from || !from->params.isNarrow() || !from->params.isUniform())
      return std::nullopt;
    sides.push_back(std::move(*from));
  }
  Tail tail = followTail(map.getResult(0));
  auto isNone = [](const Numbers &numbers) {
    return numbers.isOne() && numbers.values[0] == 1;
  };
  if (!tail.output || tail.bias || !isNone(tail.factor) ||
      !isNone(tail.divisor) || !tail.output->isUniform() ||
      !tail.output->isNarrow() ||
      !llvm::all_of(tail.limits,
                    [](const Limit &limit) { return limit.value.isOne(); }))
    return std::nullopt;
  return Pair{std::move(sides[0]), std::move(sides[1]), std::move(tail)};
}

bool islands::formElementwise(Operation *op) {
  auto map = dyn_cast<prim::MapOp>(op);
  prim::ScalarOp scalar = map ? soleScalar(map) : nullptr;
  if (!scalar || (scalar.getKind() != K::add && scalar.getKind() != K::mul))
    return false;
  std::optional<Pair> pair = readPair(map, scalar);
  if (!pair)
    return false;
  const auto formula =
      scalar.getKind() == K::add ? prim::Formula::add : prim::Formula::mul;
  OpBuilder rewriter(op);
  prim::PrimBuilder builder(rewriter, op->getLoc());
  Value result =
      builder.map({pair->a.integers, pair->b.integers},
                  [&](prim::ScalarBuilder &s, ValueRange v) {
                    Value integer = prim::quantizedPair(
                        s, formula, {v[0], scalarsOf(s, pair->a.params)},
                        {v[1], scalarsOf(s, pair->b.params)},
                        scalarsOf(s, *pair->tail.output));
                    return limitIntegers(s, integer, pair->tail);
                  });
  Value end = pair->tail.end;
  end.replaceAllUsesWith(result);
  return true;
}
