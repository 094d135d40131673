// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Making of composites.

#include "core/lowering/Composite.h"

using namespace glowplug;
using namespace mlir;

Value glowplug::makeComposite(prim::PrimBuilder &builder, StringRef name,
                              ValueRange operands,
                              ArrayRef<NamedAttribute> details,
                              CompositeBody body) {
  // The result type is known once the body is built.
  Region region;
  Block &block = region.emplaceBlock();
  block.addArguments(operands.getTypes(),
                     SmallVector<Location>(operands.size(), builder.loc));
  Type type;
  {
    OpBuilder::InsertionGuard guard(builder.builder);
    builder.builder.setInsertionPointToStart(&block);
    Value result = body(builder, block.getArguments());
    builder.builder.create<prim::YieldOp>(builder.loc, result);
    type = result.getType();
  }
  auto op = builder.builder.create<prim::CompositeOp>(
      builder.loc, TypeRange{type}, name, /*version=*/1, operands,
      builder.builder.getDictionaryAttr(details));
  op.getBody().takeBody(region);
  return op.getResult(0);
}

Type glowplug::computeType(Type element) {
  return prim::accumulatorType(element);
}
