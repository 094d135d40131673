// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random quantised graphs: as islands they give ONNX Runtime's fused results
// bit for bit, and stay within a step of the graph in floats.

#include "core/image/Writer.h"
#include "core/image/image_generated.h"
#include "core/lowering/Pipeline.h"
#include "core/prim/Epilogue.h"
#include "core/reference/Interpreter.h"
#include "tests/unit/quantize/islands/Oracle.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace glowplug;
using namespace glowplug::test;
using namespace mlir;

namespace {

class IslandsTest : public testing::TestWithParam<Anchor> {
protected:
  IslandsTest() {
    context.disableMultithreading();
    context.loadDialect<prim::PrimDialect, func::FuncDialect>();
  }

  std::vector<int> interpretModule(ModuleOp module, const Island &island) {
    llvm::Expected<Image> image =
        writeImage(*module.getOps<func::FuncOp>().begin());
    if (!image) {
      ADD_FAILURE() << llvm::toString(image.takeError());
      return {};
    }
    llvm::Expected<std::vector<Tensor>> outputs =
        interpret(*image::GetProgram(image->bytes.data()), inputsOf(island),
                  image->segments);
    if (!outputs) {
      ADD_FAILURE() << llvm::toString(outputs.takeError());
      return {};
    }
    std::vector<int> result;
    for (double value : toDoubles(outputs->front()))
      result.push_back(static_cast<int>(value));
    return result;
  }

  std::vector<int> through(void (*build)(OpPassManager &),
                           const Island &island) {
    OwningOpRef<ModuleOp> module = buildIsland(context, island);
    PassManager passes(&context);
    build(passes);
    EXPECT_TRUE(succeeded(passes.run(*module)) && succeeded(verify(*module)));
    // Nothing but scalars may be floats.
    module->walk([&](Operation *op) {
      if (prim::takesEpilogue(op)) {
        EXPECT_FALSE(isa<FloatType>(prim::elementOf(op->getOperand(0))))
            << island.text();
      }
    });
    return interpretModule(*module, island);
  }

  MLIRContext context;
};

/// How far from a tie, in steps, the graph in floats may round either way.
double slackOf(const Island &island, double real) {
  // A bias may be off by 1/64 step, and floats by some units in the last place
  // of sums that are much larger than their result.
  return (island.bias == BiasKind::none || island.bias == BiasKind::matching
              ? 0
              : 1.0 / 64) +
         1e-4 + 1e-6 * std::abs(real);
}

void expectNear(const std::vector<int> &floats, const Expected &expected,
                const Island &island) {
  ASSERT_EQ(floats.size(), expected.fused.size());
  for (size_t i = 0; i < floats.size(); ++i) {
    const int gap = std::abs(floats[i] - expected.fused[i]);
    ASSERT_LE(gap, 1) << island.text() << " at " << i;
    if (gap == 0)
      continue;
    const double real = expected.real[i];
    const double fromTie = std::abs(real - std::floor(real) - 0.5);
    ASSERT_LE(fromTie, slackOf(island, real))
        << island.text() << " at " << i << ": " << real;
  }
}

} // namespace

TEST_P(IslandsTest, RandomIslandsAreOnnxRuntimes) {
  std::mt19937 random(1234 + static_cast<unsigned>(GetParam()));
  size_t results = 0, inner = 0;
  for (int i = 0; i < 60; ++i) {
    const Island island = randomIsland(random, GetParam());
    const Expected expected = expectedOf(island);
    EXPECT_EQ(through(buildPlainPipeline, island), expected.fused)
        << island.text();
    EXPECT_EQ(through(buildOptimizationPipeline, island), expected.fused)
        << island.text();
    OwningOpRef<ModuleOp> unfused = buildIsland(context, island);
    expectNear(interpretModule(*unfused, island), expected, island);
    if (HasFatalFailure())
      return;
    for (int value : expected.fused)
      inner += value != (island.outSigned ? -128 : 0) &&
               value != (island.outSigned ? 127 : 255);
    results += expected.fused.size();
  }
  // The test would see little if most results were saturated.
  EXPECT_GT(results, 400u);
  EXPECT_GT(inner * 3, results);
}

static std::string anchorName(const testing::TestParamInfo<Anchor> &info) {
  static constexpr const char *names[] = {"Conv",       "MatMul", "AveragePool",
                                          "GlobalPool", "Add",    "Mul"};
  return names[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Anchors, IslandsTest,
                         testing::Values(Anchor::conv, Anchor::matmul,
                                         Anchor::averagePool,
                                         Anchor::globalPool, Anchor::add,
                                         Anchor::mul),
                         anchorName);
