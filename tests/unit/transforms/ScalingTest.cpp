// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The time of the pipeline grows with the number of ops, not with its square.

#include "core/graph/Graph.h"
#include "core/lowering/Pipeline.h"
#include "core/prim/Build.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <ctime>

using namespace glowplug;
using namespace mlir;

namespace {

/// Appends a few ops to \p x, which has the shape [8, 8].
using Link = Value (*)(prim::PrimBuilder &, Value x, Value input);

Value mapLink(prim::PrimBuilder &prims, Value x, Value) {
  return prims.map(prim::ScalarKind::tanh, x);
}
/// One value that every map reads.
Value sharedLink(prim::PrimBuilder &prims, Value x, Value input) {
  return prims.add(x, input);
}
/// Two products that meet in a residual sum.
Value residualLink(prim::PrimBuilder &prims, Value x, Value input) {
  Value a = prims.map(prim::ScalarKind::tanh, prims.matmul(x, input));
  Value b = prims.add(prims.matmul(a, input), prims.matmul(x, input));
  return prims.map(prim::ScalarKind::abs, b);
}
Value transposeLink(prim::PrimBuilder &prims, Value x, Value) {
  Value t = prims.map(prim::ScalarKind::exp, prims.transpose(x, {1, 0}));
  return prims.reshape(prims.reshape(t, {64}), {8, 8});
}
/// Results that pile up in one sum at the end would be long-lived; here each
/// is read twice.
Value diamondLink(prim::PrimBuilder &prims, Value x, Value) {
  return prims.mul(x, prims.map(prim::ScalarKind::tanh, x));
}

struct Subject {
  const char *name;
  Link link;
};
constexpr Subject subjects[] = {{"Maps", mapLink},
                                {"Shared", sharedLink},
                                {"Residuals", residualLink},
                                {"Transposes", transposeLink},
                                {"Diamonds", diamondLink}};

class ScalingTest : public testing::TestWithParam<Subject> {
protected:
  /// CPU seconds for a chain of \p links: the best of three.
  double seconds(unsigned links) {
    double best = 1e9;
    for (int run = 0; run < 3; ++run) {
      MLIRContext context(MLIRContext::Threading::DISABLED);
      context.loadDialect<prim::PrimDialect, graph::GraphDialect,
                          func::FuncDialect>();
      OwningOpRef<ModuleOp> module = chain(context, links);
      PassManager passes(&context);
      buildOptimizationPipeline(passes);
      const std::clock_t start = std::clock();
      EXPECT_TRUE(succeeded(passes.run(*module)));
      best = std::min(best, static_cast<double>(std::clock() - start) /
                                CLOCKS_PER_SEC);
    }
    return best;
  }

private:
  static OwningOpRef<ModuleOp> chain(MLIRContext &context, unsigned links) {
    OpBuilder builder(&context);
    const Location loc = builder.getUnknownLoc();
    OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
    builder.setInsertionPointToEnd(module->getBody());
    Type type = RankedTensorType::get({8, 8}, builder.getF32Type());
    auto function = builder.create<func::FuncOp>(
        loc, "f", builder.getFunctionType({type, type}, type));
    builder.setInsertionPointToStart(function.addEntryBlock());
    prim::PrimBuilder prims(builder, loc);
    Value value = function.getArgument(0);
    for (unsigned i = 0; i < links; ++i)
      value = GetParam().link(prims, value, function.getArgument(1));
    builder.create<func::ReturnOp>(loc, value);
    return module;
  }
};

TEST_P(ScalingTest, GrowsWithTheNumberOfOps) {
  constexpr unsigned few = 1000, factor = 8;
  const double small = seconds(few), large = seconds(few * factor);
  // Linear would be 8, quadratic 64.
  EXPECT_LT(large / small, 24) << small << " s and " << large << " s";
}

INSTANTIATE_TEST_SUITE_P(Chains, ScalingTest, testing::ValuesIn(subjects),
                         [](const testing::TestParamInfo<Subject> &info) {
                           return info.param.name;
                         });

} // namespace
