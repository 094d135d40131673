// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of one 8-bit integer inside a region as tables, which are exact:
// dequantize, an activation, quantize.

#include "core/fold/Evaluate.h"
#include "core/quantize/recipes/RegionEditor.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace glowplug;
using namespace mlir;

static bool isByte(Value value) {
  auto type = dyn_cast<IntegerType>(value.getType());
  return type && type.getWidth() == 8;
}

namespace {

/// The ops that compute a scalar from one 8-bit integer and constants.
struct ByteFunction {
  Value input;
  llvm::SetVector<Operation *> ops;
};

} // namespace

/// Nothing if \p result depends on anything else.
static std::optional<ByteFunction> functionOf(Value result) {
  ByteFunction function;
  SmallVector<Value> open(result.getDefiningOp()->getOperands());
  function.ops.insert(result.getDefiningOp());
  while (!open.empty()) {
    Value value = open.pop_back_val();
    Operation *maker = value.getDefiningOp();
    if (isa_and_nonnull<prim::ScalarConstantOp>(maker)) {
      function.ops.insert(maker);
    } else if (isByte(value)) {
      if (function.input && function.input != value)
        return std::nullopt;
      function.input = value;
    } else if (!maker) {
      return std::nullopt;
    } else if (function.ops.insert(maker)) {
      llvm::append_range(open, maker->getOperands());
    }
  }
  return function.input ? std::optional(function) : std::nullopt;
}

Value glowplug::rewriteTable(prim::ScalarOp quantize, RecipeChange &change) {
  if (!isByte(quantize.getResult()))
    return nullptr;
  const std::optional<ByteFunction> function = functionOf(quantize.getResult());
  if (!function)
    return nullptr;
  const Tensor table =
      evaluateForAll(quantize.getLoc(), function->input.getType(),
                     [&](prim::ScalarBuilder &s, ValueRange v) {
                       IRMapping mapping;
                       mapping.map(function->input, v[0]);
                       for (Operation &op : *quantize->getBlock())
                         if (function->ops.contains(&op))
                           s.builder.clone(op, mapping);
                       return mapping.lookup(quantize.getResult());
                     });
  change.domain = "integers of a byte";
  change.total += 256;
  OpBuilder builder(quantize);
  return prim::ScalarBuilder(builder, quantize.getLoc())
      .table(function->input, table);
}
