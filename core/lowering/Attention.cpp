// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lowering of attention.

#include "core/graph/Attention.h"

#include "core/lowering/Composite.h"
#include "core/lowering/Lower.h"

using namespace glowplug;
using namespace mlir;

Value glowplug::lower(prim::PrimBuilder &builder, graph::AttentionOp op) {
  Builder &b = builder.builder;
  const Type element = prim::elementOf(op.getQuery());
  const Type compute = computeType(element);
  graph::AttentionParameters parameters{op.getScale().convertToDouble(),
                                        op.getSoftcap().convertToDouble(),
                                        std::nullopt};
  SmallVector<NamedAttribute> details{
      b.getNamedAttr("scale", op.getScaleAttr()),
      b.getNamedAttr("softcap", op.getSoftcapAttr())};
  if (std::optional<uint64_t> causal = op.getCausal()) {
    parameters.causal = static_cast<int64_t>(*causal);
    details.push_back(b.getNamedAttr("causal", op.getCausalAttr()));
  }
  return makeComposite(
      builder, "attention", op->getOperands(), details,
      [&](prim::PrimBuilder &body, ValueRange operands) {
        Value query = body.cast(operands[0], compute);
        Value key = body.cast(operands[1], compute);
        Value bias = operands.size() > 3 ? Value(operands[3]) : Value();
        const graph::AttentionScores scores =
            graph::attentionScores(body, query, key, bias, parameters);
        Value mean = graph::weightedValues(body, scores.weights,
                                           body.cast(operands[2], compute));
        return body.cast(mean, element);
      });
}
