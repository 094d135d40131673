// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Heads of attention.

#include "core/importer/onnx/ops/Heads.h"

#include "core/graph/Graph.h"
#include "core/importer/file/Shapes.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

Shape Heads::scores() const {
  Shape shape(prim::shapeOf(query));
  shape[3] = prim::shapeOf(key)[2];
  return shape;
}

Value importer::splitHeads(Node &n, Value joined, int64_t heads) {
  ArrayRef<int64_t> in = prim::shapeOf(joined);
  Value split = n.b.reshape(joined, {in[0], in[1], heads, in[2] / heads});
  return n.b.transpose(split, {0, 2, 1, 3});
}

Value importer::joinHeads(Node &n, Value split) {
  ArrayRef<int64_t> in = prim::shapeOf(split);
  return n.b.reshape(n.b.transpose(split, {0, 2, 1, 3}),
                     {in[0], in[2], in[1] * in[3]});
}

bool importer::checkHeads(Node &n, const Heads &heads) {
  ArrayRef<int64_t> q = prim::shapeOf(heads.query),
                    k = prim::shapeOf(heads.key),
                    v = prim::shapeOf(heads.value);
  if (!n.check(k[0] == q[0] && k[3] == q[3] && v.drop_back() == k.drop_back(),
               "heads of query " + shapeString(q) + ", key " + shapeString(k) +
                   " and value " + shapeString(v) +
                   " need one batch, one size of query and key, and one "
                   "length of key and value") ||
      !n.atLeast(q[3], 1, "the size of a head") ||
      !n.check(k[1] >= 1 && q[1] % k[1] == 0,
               Twine(k[1]) + " heads of key and value do not divide " +
                   Twine(q[1]) + " heads of the query"))
    return false;
  return n.checkShape(heads.scores()) && n.checkShape({q[0], q[1], q[2], v[3]});
}

Value importer::attend(Node &n, const Heads &heads,
                       const graph::AttentionParameters &parameters) {
  mlir::OpBuilder &builder = n.b.builder;
  Shape shape(prim::shapeOf(heads.query));
  shape[3] = prim::shapeOf(heads.value)[3];
  return builder.create<graph::AttentionOp>(
      n.b.loc, mlir::RankedTensorType::get(shape, prim::elementOf(heads.query)),
      heads.query, heads.key, heads.value, heads.bias,
      builder.getF64FloatAttr(parameters.scale),
      builder.getF64FloatAttr(parameters.softcap),
      parameters.causal ? builder.getI64IntegerAttr(*parameters.causal)
                        : nullptr);
}

Value importer::biasOfMask(Node &n, Value mask, double masked, Type type) {
  return n.b.map(mask, [&](ScalarBuilder &s, ValueRange v) {
    return s.select(v[0], s.number(0.0, type), s.number(masked, type));
  });
}

double importer::readAttentionScale(Node &n, double fallback,
                                    bool zeroIsAbsent) {
  double scale = fallback;
  if (n.hasAttr("scale"))
    scale = n.floatAttr("scale", 0);
  if (zeroIsAbsent && scale == 0)
    scale = fallback;
  n.check(std::isfinite(scale),
          "attribute 'scale' needs to be finite, but got " +
              std::to_string(scale));
  return scale;
}
