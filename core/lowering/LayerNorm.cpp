// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lowering of layer normalisation.

#include "core/lowering/Composite.h"
#include "core/lowering/Lower.h"

#include "llvm/ADT/Sequence.h"

using namespace glowplug;
using namespace mlir;

/// The mean of \p value over \p dims, which keep size 1.
static Value mean(prim::PrimBuilder &builder, Value value,
                  ArrayRef<int64_t> dims) {
  double count = 1;
  for (int64_t dim : dims)
    count *= static_cast<double>(prim::shapeOf(value)[dim]);
  Value sum = builder.reduce(prim::ReduceKind::sum, value, dims);
  return builder.map(sum, [&](prim::ScalarBuilder &s, ValueRange arguments) {
    return s.div(arguments[0], s.number(count, arguments[0].getType()));
  });
}

Value glowplug::lower(prim::PrimBuilder &builder, graph::LayerNormOp op) {
  Builder &b = builder.builder;
  const Type element = prim::elementOf(op.getInput());
  const Type compute = computeType(element);
  const auto dims = llvm::to_vector(
      llvm::seq<int64_t>(op.getAxis(), prim::rankOf(op.getInput())));
  const double epsilon = op.getEpsilon().convertToDouble();
  const SmallVector<NamedAttribute> details{
      b.getNamedAttr("axis", op.getAxisAttr()),
      b.getNamedAttr("epsilon", op.getEpsilonAttr())};

  return makeComposite(
      builder, "layer_norm", op->getOperands(), details,
      [&](prim::PrimBuilder &body, ValueRange parameters) {
        Value x = body.cast(parameters[0], compute);
        Value centred = body.sub(x, mean(body, x, dims));
        Value variance = mean(body, body.mul(centred, centred), dims);
        // One root per row, not per element.
        Value deviation = body.map(
            variance, [&](prim::ScalarBuilder &s, ValueRange arguments) {
              return s.op(prim::ScalarKind::sqrt,
                          s.add(arguments[0], s.number(epsilon, compute)));
            });
        SmallVector<Value> operands{centred, deviation};
        llvm::append_range(operands, parameters.drop_front());
        return body.map(
            operands, [&](prim::ScalarBuilder &s, ValueRange arguments) {
              Value normal = s.div(arguments[0], arguments[1]);
              Value result = s.mul(normal, s.cast(arguments[2], compute));
              if (arguments.size() > 3)
                result = s.add(result, s.cast(arguments[3], compute));
              return s.cast(result, element);
            });
      });
}
