// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lowering of softmax and of its logarithm.

#include "core/lowering/Composite.h"
#include "core/lowering/Lower.h"

using namespace glowplug;
using namespace mlir;

/// \p x less its maximum along \p axis, so that no exponential overflows, or
/// the exponential of this; in the type for computing.
static Value shifted(prim::PrimBuilder &builder, Value x, int64_t axis,
                     bool exponential) {
  const Type compute = computeType(prim::elementOf(x));
  Value max = builder.reduce(prim::ReduceKind::max, x, axis);
  return builder.map({x, max}, [&](prim::ScalarBuilder &s,
                                   ValueRange arguments) {
    Value difference =
        s.sub(s.cast(arguments[0], compute), s.cast(arguments[1], compute));
    return exponential ? s.op(prim::ScalarKind::exp, difference) : difference;
  });
}

static Value sum(prim::PrimBuilder &builder, Value x, int64_t axis) {
  return builder.reduce(prim::ReduceKind::sum, x, axis);
}

Value glowplug::lower(prim::PrimBuilder &builder, graph::SoftmaxOp op) {
  const int64_t axis = op.getAxis();
  const Type element = prim::elementOf(op.getInput());
  return makeComposite(
      builder, "softmax", op.getInput(),
      builder.builder.getNamedAttr("axis", op.getAxisAttr()),
      [&](prim::PrimBuilder &body, ValueRange parameters) {
        Value e = shifted(body, parameters[0], axis, /*exponential=*/true);
        return body.map({e, sum(body, e, axis)}, [&](prim::ScalarBuilder &s,
                                                     ValueRange arguments) {
          return s.cast(s.div(arguments[0], arguments[1]), element);
        });
      });
}

Value glowplug::lower(prim::PrimBuilder &builder, graph::LogSoftmaxOp op) {
  const int64_t axis = op.getAxis();
  const Type element = prim::elementOf(op.getInput());
  return makeComposite(
      builder, "log_softmax", op.getInput(),
      builder.builder.getNamedAttr("axis", op.getAxisAttr()),
      [&](prim::PrimBuilder &body, ValueRange parameters) {
        Value x = shifted(body, parameters[0], axis, /*exponential=*/false);
        Value total = sum(body, body.map(prim::ScalarKind::exp, x), axis);
        return body.map({x, total},
                        [&](prim::ScalarBuilder &s, ValueRange arguments) {
                          Value log = s.op(prim::ScalarKind::log, arguments[1]);
                          return s.cast(s.sub(arguments[0], log), element);
                        });
      });
}
