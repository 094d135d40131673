// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lowering of the Gaussian error linear unit.

#include "core/lowering/Composite.h"
#include "core/lowering/Lower.h"

#include <cmath>
#include <numbers>

using namespace glowplug;
using namespace mlir;

/// The factor of x / 2: 1 + erf(x / sqrt(2)), or what stands for it.
static Value sigmoidal(prim::ScalarBuilder &s, Value x, bool tanh) {
  const Type type = x.getType();
  Value one = s.number(1.0, type);
  if (!tanh) {
    Value scaled = s.mul(x, s.number(1 / std::numbers::sqrt2, type));
    return s.add(one, s.op(prim::ScalarKind::erf, scaled));
  }
  Value cube = s.mul(s.mul(x, x), x);
  Value inner = s.add(x, s.mul(s.number(0.044715, type), cube));
  Value scaled = s.mul(s.number(std::sqrt(2 / std::numbers::pi), type), inner);
  return s.add(one, s.op(prim::ScalarKind::tanh, scaled));
}

Value glowplug::lower(prim::PrimBuilder &builder, graph::GeluOp op) {
  Builder &b = builder.builder;
  const Type element = prim::elementOf(op.getInput());
  const Type compute = computeType(element);
  NamedAttribute approximate = b.getNamedAttr(
      "approximate", b.getStringAttr(op.getTanh() ? "tanh" : "none"));
  return makeComposite(
      builder, "gelu", op.getInput(), approximate,
      [&](prim::PrimBuilder &body, ValueRange parameters) {
        return body.map(parameters[0], [&](prim::ScalarBuilder &s,
                                           ValueRange arguments) {
          Value x = s.cast(arguments[0], compute);
          Value half = s.mul(x, s.number(0.5, compute));
          return s.cast(s.mul(half, sigmoidal(s, x, op.getTanh())), element);
        });
      });
}
