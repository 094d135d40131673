// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lowering of batch normalisation with known statistics.

#include "core/lowering/Composite.h"
#include "core/lowering/Lower.h"

using namespace glowplug;
using namespace mlir;

Value glowplug::lower(prim::PrimBuilder &builder, graph::BatchNormOp op) {
  const Type element = prim::elementOf(op.getInput());
  const Type statistics = prim::elementOf(op.getScale());
  // The wider one of both, and at least f32.
  const Type compute =
      element.isF64() || statistics.isF64()
          ? static_cast<Type>(Float64Type::get(op.getContext()))
          : computeType(element);

  prim::Shape perChannel(prim::rankOf(op.getInput()), 1);
  perChannel[1] = prim::shapeOf(op.getScale())[0];
  auto channels = [&](Value value) {
    return builder.reshape(value, perChannel);
  };

  // One root per channel, not per element.
  Value deviation = builder.map(
      op.getVariance(), [&](prim::ScalarBuilder &s, ValueRange arguments) {
        Value variance = s.cast(arguments[0], compute);
        Value epsilon = s.number(op.getEpsilon().convertToDouble(), compute);
        return s.op(prim::ScalarKind::sqrt, s.add(variance, epsilon));
      });
  return builder.map({op.getInput(), channels(op.getMean()),
                      channels(deviation), channels(op.getScale()),
                      channels(op.getBias())},
                     [&](prim::ScalarBuilder &s, ValueRange arguments) {
                       SmallVector<Value> a;
                       for (Value argument : arguments)
                         a.push_back(s.cast(argument, compute));
                       Value normal = s.div(s.sub(a[0], a[1]), a[2]);
                       return s.cast(s.add(s.mul(normal, a[3]), a[4]), element);
                     });
}
