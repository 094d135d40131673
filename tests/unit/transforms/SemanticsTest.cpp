// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random graphs mean the same before and after each pass: both are lowered,
// written as images and interpreted.

#include "core/graph/Graph.h"
#include "core/image/Writer.h"
#include "core/image/image_generated.h"
#include "core/lowering/Passes.h"
#include "core/lowering/Pipeline.h"
#include "core/prim/Constant.h"
#include "core/reference/Interpreter.h"
#include "core/transforms/Passes.h"
#include "tests/unit/transforms/RandomGraph.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace glowplug;
using namespace glowplug::test;
using namespace mlir;

namespace {

using Pipeline = void (*)(OpPassManager &);

/// A pass or pipeline under test.
struct Subject {
  const char *name;
  Pipeline build;
};

template <auto create>
void onFunctions(OpPassManager &passes) {
  passes.addNestedPass<func::FuncOp>(create());
}
template <auto create>
void onModule(OpPassManager &passes) {
  passes.addPass(create());
}
void inlineThenFuse(OpPassManager &passes) {
  passes.addNestedPass<func::FuncOp>(createLowerGraph());
  passes.addNestedPass<func::FuncOp>(createInlineComposites());
  buildFusionPipeline(passes);
}
void fuseThenSplit(OpPassManager &passes) {
  buildFusionPipeline(passes);
  passes.addNestedPass<func::FuncOp>(createSplitEpilogues());
}

using Create = std::unique_ptr<Pass> (*)();

/// Bit for bit the same result.
constexpr Subject exactSubjects[] = {
    {"CancelReshapes", onFunctions<Create(createCancelReshapes)>},
    {"CancelTransposes", onFunctions<Create(createCancelTransposes)>},
    {"FoldConstants", onModule<Create(createFoldConstants)>},
    {"FoldPads", onFunctions<Create(createFoldPads)>},
    {"FuseEpilogues", onFunctions<Create(createFuseEpilogues)>},
    {"FuseThenSplit", fuseThenSplit},
    {"InlineThenFuse", inlineThenFuse},
    {"Pipeline", buildOptimizationPipeline},
    {"RemoveNoops", onFunctions<Create(createRemoveNoops)>},
    {"StackMaps", onFunctions<Create(createStackMaps)>},
};

/// Another rounding, of floats only.
constexpr Subject roundingSubjects[] = {
    {"FoldBatchNorm", onModule<Create(createFoldBatchNorm)>},
    {"Pipeline", buildOptimizationPipeline},
};

class SemanticsTest : public testing::TestWithParam<Subject> {
protected:
  SemanticsTest() : builder(&context) {
    context.disableMultithreading();
    context.loadDialect<prim::PrimDialect, graph::GraphDialect,
                        func::FuncDialect>();
  }

  bool run(ModuleOp module, Pipeline pipeline) {
    PassManager passes(&context);
    pipeline(passes);
    return succeeded(passes.run(module)) && succeeded(verify(module));
  }

  /// What the module gives for \p inputs once it is lowered.
  std::vector<Tensor> interpretModule(ModuleOp original,
                                      ArrayRef<Tensor> inputs,
                                      Precision precision) {
    OwningOpRef<ModuleOp> module = original.clone();
    EXPECT_TRUE(run(*module, buildPlainPipeline));
    llvm::Expected<Image> image =
        writeImage(*module->getOps<func::FuncOp>().begin());
    if (!image) {
      ADD_FAILURE() << llvm::toString(image.takeError());
      return {};
    }
    InterpreterOptions options;
    options.precision = precision;
    llvm::Expected<std::vector<Tensor>> outputs =
        interpret(*image::GetProgram(image->bytes.data()), inputs,
                  image->segments, options);
    if (!outputs) {
      ADD_FAILURE() << llvm::toString(outputs.takeError());
      return {};
    }
    return std::move(*outputs);
  }

  std::vector<Tensor> randomInputs(ModuleOp module, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Tensor> inputs;
    for (Type type :
         (*module.getOps<func::FuncOp>().begin()).getArgumentTypes()) {
      auto shaped = cast<ShapedType>(type);
      inputs.push_back(
          randomTensor(random, prim::dtypeOfElement(shaped.getElementType()),
                       shaped.getShape()));
    }
    return inputs;
  }

  static std::string text(Operation *op) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    op->print(stream);
    return text;
  }

  MLIRContext context;
  OpBuilder builder;
};

/// Equal numbers, or both NaN. Zeros of both signs are equal.
bool isSame(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

class ExactTest : public SemanticsTest {};

TEST_P(ExactTest, GivesTheSameBits) {
  constexpr uint64_t graphs = 400;
  unsigned changed = 0;
  for (uint64_t seed = 1; seed <= graphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OwningOpRef<ModuleOp> module = RandomGraph(builder, {.seed = seed}).build();
    ASSERT_TRUE(succeeded(verify(*module)));
    const std::vector<Tensor> inputs = randomInputs(*module, seed);
    const auto before = interpretModule(*module, inputs, Precision::declared);

    const std::string original = text(*module);
    OwningOpRef<ModuleOp> after = module->clone();
    ASSERT_TRUE(run(*after, GetParam().build)) << original;
    changed += original != text(*after);
    const auto results = interpretModule(*after, inputs, Precision::declared);

    ASSERT_EQ(before.size(), results.size());
    for (size_t i = 0; i < before.size(); ++i) {
      ASSERT_EQ(before[i].typeString(), results[i].typeString());
      const auto expected = toDoubles(before[i]), got = toDoubles(results[i]);
      for (size_t at = 0; at < expected.size(); ++at)
        ASSERT_TRUE(isSame(expected[at], got[at]))
            << "output " << i << ", element " << at << ": " << expected[at]
            << " became " << got[at] << "\nbefore: " << original
            << "\nafter: " << text(*after);
    }
  }
  // A pass that never finds anything is not tested.
  RecordProperty("changed", static_cast<int>(changed));
  EXPECT_GE(changed, 20u);
}

class RoundingTest : public SemanticsTest {};

TEST_P(RoundingTest, StaysWithinAFewRoundings) {
  constexpr uint64_t graphs = 400;
  unsigned changed = 0;
  for (uint64_t seed = 1; seed <= graphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    OwningOpRef<ModuleOp> module =
        RandomGraph(builder, {.seed = seed, .steps = 8, .batchNorm = true})
            .build();
    ASSERT_TRUE(succeeded(verify(*module)));
    const std::vector<Tensor> inputs = randomInputs(*module, seed);
    const auto single = interpretModule(*module, inputs, Precision::declared);
    const auto wide = interpretModule(*module, inputs, Precision::wide);

    const std::string original = text(*module);
    OwningOpRef<ModuleOp> after = module->clone();
    ASSERT_TRUE(run(*after, GetParam().build)) << original;
    changed += original.find("graph.batch_norm") != std::string::npos &&
               text(*after).find("graph.batch_norm") == std::string::npos;
    const auto results = interpretModule(*after, inputs, Precision::declared);

    ASSERT_EQ(wide.size(), results.size());
    for (size_t i = 0; i < wide.size(); ++i) {
      const auto exact = toDoubles(wide[i]), got = toDoubles(results[i]),
                 rounded = toDoubles(single[i]);
      double largest = 0, error = 0;
      for (size_t at = 0; at < exact.size(); ++at) {
        if (!std::isfinite(exact[at]))
          continue;
        largest = std::max(largest, std::abs(exact[at]));
        error = std::max(error, std::abs(rounded[at] - exact[at]));
      }
      const double limit =
          8 * error + 16 * largest * std::numeric_limits<float>::epsilon();
      for (size_t at = 0; at < exact.size(); ++at)
        ASSERT_TRUE(isSame(exact[at], got[at]) ||
                    std::abs(exact[at] - got[at]) <= limit)
            << "output " << i << ", element " << at << ": " << exact[at]
            << " became " << got[at] << ", limit " << limit
            << "\nbefore: " << original << "\nafter: " << text(*after);
    }
  }
  EXPECT_GE(changed, 20u);
}

std::string subjectName(const testing::TestParamInfo<Subject> &info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Passes, ExactTest, testing::ValuesIn(exactSubjects),
                         subjectName);
INSTANTIATE_TEST_SUITE_P(Passes, RoundingTest,
                         testing::ValuesIn(roundingSubjects), subjectName);

} // namespace
