// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The Gelu family, of ONNX and of com.microsoft.

#include "core/graph/Graph.h"
#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

static Value gelu(Node &n, Value x, bool tanh) {
  return n.b.builder.create<graph::GeluOp>(n.b.loc, x.getType(), x, tanh);
}

static LogicalResult importGelu(Node &n) {
  const std::string approximate = n.stringAttr("approximate", "none");
  if (!n.isFloat(0) ||
      !n.check(approximate == "none" || approximate == "tanh",
               "attribute 'approximate' needs to be none or tanh, but got '" +
                   approximate + "'"))
    return llvm::failure();
  return n.result(gelu(n, n.input(0), approximate == "tanh"));
}

/// Gelu of input 0 plus input 1, a number per element of the last dim; halves
/// are rounded at the end only.
static LogicalResult importWithBias(Node &n, bool tanh) {
  if (!n.isFloat(0) || !n.checkRank(0, 1))
    return llvm::failure();
  if (!n.hasInput(1))
    return n.result(gelu(n, n.input(0), tanh));
  const int64_t size = n.shape(0).back();
  if (!n.sameType(0, 1) ||
      !n.check(n.shape(1) == ArrayRef<int64_t>{size},
               "input 1 (bias) needs shape [" + Twine(size) + "], but has " +
                   shapeString(n.shape(1))))
    return llvm::failure();
  Value bias = prim::alignRank(n.b, n.input(1), n.rank(0));
  Value sum = n.b.add(widen(n, n.input(0)), widen(n, bias));
  return n.result(n.b.cast(gelu(n, sum, tanh), n.element(0)));
}

static LogicalResult importBiasGelu(Node &n) {
  return importWithBias(n, /*tanh=*/false);
}

static LogicalResult importFastGelu(Node &n) {
  return importWithBias(n, /*tanh=*/true);
}

static LogicalResult importQuickGelu(Node &n) {
  const double alpha = n.floatAttr("alpha", 1.702);
  if (!n.isFloat(0))
    return llvm::failure();
  return n.result(mapWide(n, n.input(0), [&](ScalarBuilder &s, ValueRange v) {
    Value slope = s.number(alpha, v[0].getType());
    return s.mul(v[0], sigmoid(s, s.mul(v[0], slope)));
  }));
}

ArrayRef<OpRow> importer::geluRows() {
  constexpr llvm::StringLiteral microsoft = "com.microsoft";
  static constexpr OpRow rows[] = {
      {"BiasGelu", 1, 2, importBiasGelu, "", 1, microsoft},
      {"FastGelu", 1, {1, 2}, importFastGelu, "", 1, microsoft},
      {"Gelu", 1, 1, importGelu, "", 1, microsoft},
      {"Gelu", 20, 1, importGelu},
      {"QuickGelu", 1, 1, importQuickGelu, "", 1, microsoft},
  };
  return rows;
}
