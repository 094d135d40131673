// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Backends without floats: the recipes of what they are given change, and the
// reference follows.

#include "core/quantize/recipes/Recipe.h"
#include "core/driver/Stages.h"
#include "core/image/image_generated.h"
#include "core/lowering/Pipeline.h"
#include "core/reference/Interpreter.h"
#include "core/support/Convert.h"
#include "tests/unit/partition/Testing.h"

#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using namespace mlir;

namespace {

// A matmul with all of its results near ties, then an addition. Scales are
// powers of two, so half to even and half up differ.
const char *const model = R"(
func.func @main(%x: tensor<256x1xi8>, %r: tensor<256x1xi8>) -> tensor<256x1xi8> {
  %w = prim.constant dense<1> : tensor<1x1xi8> loc("w")
  %dx = prim.map(%x) : (tensor<256x1xi8>) -> tensor<256x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : i8
    %d = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %d : f32
  } loc("dx")
  %dw = prim.map(%w) : (tensor<1x1xi8>) -> tensor<1x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 0 : i8
    %d = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %d : f32
  } loc("dw")
  %m = prim.matmul %dx, %dw : tensor<256x1xf32>, tensor<1x1xf32> -> tensor<256x1xf32> loc("product")
  %qm = prim.map(%m) : (tensor<256x1xf32>) -> tensor<256x1xi8> {
  ^bb0(%v: f32):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant -1 : i8
    %d = prim.scalar quantize(%v, %s, %z) : (f32, f32, i8) -> i8
    prim.yield %d : i8
  } loc("q")
  %dm = prim.map(%qm) : (tensor<256x1xi8>) -> tensor<256x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant -1 : i8
    %d = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %d : f32
  } loc("dm")
  %dr = prim.map(%r) : (tensor<256x1xi8>) -> tensor<256x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 0.25 : f32
    %z = prim.scalar_constant 7 : i8
    %d = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %d : f32
  } loc("dr")
  %a = prim.map(%dm, %dr) : (tensor<256x1xf32>, tensor<256x1xf32>) -> tensor<256x1xf32> {
  ^bb0(%p: f32, %q: f32):
    %d = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %d : f32
  } loc("sum")
  %y = prim.map(%a) : (tensor<256x1xf32>) -> tensor<256x1xi8> {
  ^bb0(%v: f32):
    %s = prim.scalar_constant 1.0 : f32
    %z = prim.scalar_constant 0 : i8
    %d = prim.scalar quantize(%v, %s, %z) : (f32, f32, i8) -> i8
    prim.yield %d : i8
  } loc("y")
  return %y : tensor<256x1xi8>
})";

bool contains(const Question &question, const char *scalar) {
  return llvm::is_contained(question.scalars, scalar);
}

/// Likewise, but asks for the op without what is real where that is all.
FakeBackend::Judge integersWithout(std::string name) {
  return [name = std::move(name)](const Question &question) {
    if (question.kind == "Map" && contains(question, "dequantize"))
      return no("no dequantize");
    for (const char *scalar : {"rescale_fp32_rne", "fma", "quantize"})
      if (contains(question, scalar))
        return no(std::string("no ") + scalar);
    for (const char *scalar : {"rescale_tosa_single", "rescale_tosa_double"})
      if (contains(question, scalar) && name != scalar)
        return no(std::string("no ") + scalar);
    return contains(question, "dequantize") ? no("its epilogue is real", true)
                                            : yes();
  };
}

/// Takes no scalar of floats, and of the integer recipes the one of \p name.
FakeBackend::Judge integersBy(std::string name) {
  return [name = std::move(name)](const Question &question) {
    for (const char *scalar :
         {"rescale_fp32_rne", "fma", "quantize", "dequantize"})
      if (contains(question, scalar))
        return no(std::string("no ") + scalar);
    for (const char *scalar : {"rescale_tosa_single", "rescale_tosa_double"})
      if (contains(question, scalar) && name != scalar)
        return no(std::string("no ") + scalar);
    return yes();
  };
}

std::shared_ptr<ProgramBackend> fake(FakeBackend::Judge judge) {
  return std::make_shared<FakeBackend>("fake", std::move(judge));
}

void optimiseProgram(Program &program) {
  PassManager passes(&program.context);
  buildOptimizationPipeline(passes);
  ASSERT_TRUE(succeeded(passes.run(*program.module)));
}

std::vector<Tensor> inputs() {
  std::vector<int8_t> x, r;
  for (int i = 0; i < 256; ++i) {
    x.push_back(static_cast<int8_t>(i - 128));
    r.push_back(static_cast<int8_t>(i * 37 % 256 - 128));
  }
  return {Tensor::of<int8_t>({256, 1}, x), Tensor::of<int8_t>({256, 1}, r)};
}

std::vector<int8_t> interpretImage(const Image &image) {
  llvm::Expected<std::vector<Tensor>> outputs = interpret(
      *image::GetProgram(image.bytes.data()), inputs(), image.segments);
  if (!outputs) {
    ADD_FAILURE() << message(outputs.takeError());
    return {};
  }
  return outputs->front().elements<int8_t>().vec();
}

std::vector<int8_t> reference(Program &original,
                              llvm::ArrayRef<RecipeChange> changes) {
  SegmentHashes hashes;
  OwningOpRef<ModuleOp> copy = original.module->clone();
  llvm::Expected<Image> image = referenceImage(*copy, "model", changes, hashes);
  if (!image) {
    ADD_FAILURE() << message(image.takeError());
    return {};
  }
  return interpretImage(*image);
}

size_t differing(const std::vector<int8_t> &a, const std::vector<int8_t> &b) {
  size_t count = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_LE(std::abs(a[i] - b[i]), 2);
    count += a[i] != b[i];
  }
  return count;
}

class RecipeTest : public ::testing::TestWithParam<const char *> {};

} // namespace

TEST_P(RecipeTest, AnOpGoesWhereItIsTakenWithAnotherRecipe) {
  Program original(model), program(model);
  optimiseProgram(program);
  llvm::Expected<PartitionResult> result =
      program.partition({fake(integersBy(GetParam()))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  for (const OpReport &op : result->report)
    EXPECT_EQ(op.backend, 0u) << op.kind;
  ASSERT_EQ(result->partitions.size(), 1u);

  ASSERT_EQ(result->recipes.size(), 2u);
  for (const RecipeChange &change : result->recipes) {
    EXPECT_EQ("rescale_" + recipeName(change.recipe).str(), GetParam());
    EXPECT_GT(change.differing, 0u) << change.name;
    EXPECT_LE(change.mostSteps, 1u) << change.name;
  }
  EXPECT_EQ(result->recipes[0].name, "product");
  // (x - 3) * 1, |x - 3| <= 131.
  EXPECT_EQ(result->recipes[0].domain, "sums of magnitude up to 16768");
  EXPECT_EQ(result->recipes[1].name, "sum");
  EXPECT_EQ(result->recipes[1].total, 65536u);
  EXPECT_EQ(result->rewrites.size(), 2u);

  // What the backend runs is what the reference says under the same recipes,
  // and not what the model says.
  const std::vector<int8_t> ran = interpretImage(result->partitions[0].image);
  EXPECT_EQ(ran, reference(original, result->recipes));
  EXPECT_GT(differing(ran, reference(original, {})), 0u);
}

INSTANTIATE_TEST_SUITE_P(Recipes, RecipeTest,
                         ::testing::Values("rescale_tosa_single",
                                           "rescale_tosa_double"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

/// The model, whose result goes on as the real number %real, and then \p rest.
static std::string modelAsRealThen(const std::string &rest) {
  std::string text = model;
  const std::string end = "  return %y : tensor<256x1xi8>\n";
  return text.replace(text.find(end), end.size(), R"(
  %real = prim.map(%y) : (tensor<256x1xi8>) -> tensor<256x1xf32> {
  ^bb0(%q: i8):
    %s = prim.scalar_constant 1.0 : f32
    %z = prim.scalar_constant 0 : i8
    %d = prim.scalar dequantize(%q, %s, %z) : (i8, f32, i8) -> f32
    prim.yield %d : f32
  } loc("real")
)" + rest);
}

// DequantizeLinear, an activation, QuantizeLinear after an op that gave
// integers already: one byte decides, so a table is exact.
TEST_P(RecipeTest, AFunctionOfOneByteBecomesATable) {
  const std::string text = modelAsRealThen(R"(
  %relu = prim.map(%real) : (tensor<256x1xf32>) -> tensor<256x1xf32> {
  ^bb0(%v: f32):
    %zero = prim.scalar_constant 0.0 : f32
    %d = prim.scalar max(%v, %zero) : (f32, f32) -> f32
    prim.yield %d : f32
  } loc("relu")
  %last = prim.map(%relu) : (tensor<256x1xf32>) -> tensor<256x1xi8> {
  ^bb0(%v: f32):
    %s = prim.scalar_constant 0.75 : f32
    %z = prim.scalar_constant -100 : i8
    %d = prim.scalar quantize(%v, %s, %z) : (f32, f32, i8) -> i8 loc("last")
    prim.yield %d : i8
  } loc("last")
  return %last : tensor<256x1xi8>
)");
  Program original(text), program(text);
  optimiseProgram(program);
  llvm::Expected<PartitionResult> result =
      program.partition({fake(integersBy(GetParam()))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  for (const OpReport &op : result->report)
    EXPECT_EQ(op.backend, 0u) << op.kind;
  // The table is exact, and there before anybody is asked for a recipe.
  ASSERT_EQ(result->recipes.size(), 2u);
  for (const RecipeChange &change : result->recipes)
    EXPECT_NE(change.name, "last");
  ASSERT_EQ(result->partitions.size(), 1u);
  EXPECT_EQ(interpretImage(result->partitions[0].image),
            reference(original, result->recipes));
}

TEST_P(RecipeTest, AnotherRecipeAndACutEpilogueGoTogether) {
  // The sum goes on as a real number.
  std::string real = modelAsRealThen("  return %real : tensor<256x1xf32>\n");
  real.replace(real.find("-> tensor<256x1xi8> {"), 21,
               "-> tensor<256x1xf32> {");
  Program program(real);
  optimiseProgram(program);
  llvm::Expected<PartitionResult> result =
      program.partition({fake(integersWithout(GetParam()))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  ASSERT_EQ(result->recipes.size(), 2u);
  ASSERT_EQ(result->report.size(), 2u);
  EXPECT_EQ(result->report[0].kind, "matmul");
  EXPECT_EQ(result->report[0].backend, 0u);
  EXPECT_EQ(result->report[1].kind, "map");
  EXPECT_EQ(result->report[1].backend, 1u);
  // Operands: x and w, the residual; the f32 scales are gone.
  ASSERT_EQ(result->partitions.size(), 2u);
  EXPECT_EQ(result->partitions[0].inputs.size(), 2u);
  const auto *body =
      image::GetProgram(result->partitions[0].image.bytes.data())->body();
  for (const image::Value *value : *body->values())
    EXPECT_NE(value->dtype(), image::DType::f32);

  Program whole(model);
  optimiseProgram(whole);
  llvm::Expected<PartitionResult> same =
      whole.partition({fake(integersBy(GetParam()))});
  ASSERT_TRUE(static_cast<bool>(same)) << message(same.takeError());
  EXPECT_EQ(interpretImage(result->partitions[0].image),
            interpretImage(same->partitions[0].image));
}

TEST(RecipeRules, ARecipeIsBetterThanACut) {
  Program program(model);
  optimiseProgram(program);
  auto judge = [](const Question &question) {
    for (const char *scalar : {"rescale_fp32_rne", "fma", "quantize"})
      if (contains(question, scalar))
        return no(std::string("no ") + scalar, true);
    return yes();
  };
  llvm::Expected<PartitionResult> result = program.partition({fake(judge)});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(result->recipes.size(), 2u);
  EXPECT_EQ(result->report.size(), 1u);
  EXPECT_EQ(result->report[0].backend, 0u);
}

TEST(RecipeRules, WhatIsTakenOnceItIsCutKeepsItsRecipe) {
  Program program(model);
  optimiseProgram(program);
  // Whatever the recipe, not the addition in the same op.
  auto judge = [](const Question &question) {
    if (question.kind != "MatMul")
      return yes();
    return contains(question, "cast") ? no("no addition", true) : yes();
  };
  llvm::Expected<PartitionResult> result = program.partition({fake(judge)});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_TRUE(result->recipes.empty());
  for (const OpReport &op : result->report)
    EXPECT_EQ(op.backend, 0u) << op.kind;
}

TEST(RecipeRules, AnOpThatIsTakenKeepsItsRecipe) {
  Program original(model), program(model);
  optimiseProgram(program);
  llvm::Expected<PartitionResult> result =
      program.partition({fake([](const Question &) { return yes(); })});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_TRUE(result->recipes.empty());
  EXPECT_EQ(interpretImage(result->partitions[0].image),
            reference(original, {}));
}

TEST(RecipeRules, NoRecipeHelpsABackendThatTakesNone) {
  Program original(model), program(model);
  optimiseProgram(program);
  llvm::Expected<PartitionResult> result =
      program.partition({fake(integersBy("none"))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_TRUE(result->recipes.empty());
  for (const OpReport &op : result->report)
    EXPECT_EQ(op.backend, 1u) << op.kind;
  ASSERT_EQ(result->partitions.size(), 1u);
  EXPECT_EQ(interpretImage(result->partitions[0].image),
            reference(original, {}));
}

TEST(RecipeRules, ARecipeStaysIfTheBackendDoesNotTakeTheOpInTheEnd) {
  // It takes the product, but not in a piece without the sort.
  std::string text = model;
  const std::string end = "  return %y : tensor<256x1xi8>\n";
  text.replace(text.find(end), end.size(), R"(
  %sorted, %p = prim.sort %y dim 0 : tensor<256x1xi8> -> tensor<256x1xi8>, tensor<256x1xi64>
  return %sorted : tensor<256x1xi8>
)");
  Program original(text), program(text);
  optimiseProgram(program);
  auto judge = [](const Question &question) {
    if (question.kind == "Sort")
      return no("no Sort");
    if (question.kind == "MatMul" &&
        !llvm::is_contained(question.imageKinds, "Sort"))
      return no("not alone");
    return integersBy("rescale_tosa_single")(question);
  };
  llvm::Expected<PartitionResult> result = program.partition({fake(judge)});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  for (const OpReport &op : result->report)
    EXPECT_EQ(op.backend, 1u) << op.kind;
  EXPECT_TRUE(result->recipes.empty());
  EXPECT_TRUE(result->rewrites.empty());
  ASSERT_EQ(result->partitions.size(), 1u);
  EXPECT_EQ(interpretImage(result->partitions[0].image),
            reference(original, {}));
}

TEST(RecipeRules, TheFirstBackendThatTakesItAsItIsKeepsLaterOnesOut) {
  Program original(model), program(model);
  optimiseProgram(program);
  llvm::Expected<PartitionResult> result =
      program.partition({fake([](const Question &) { return yes(); }),
                         fake(integersBy("rescale_tosa_single"))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_TRUE(result->recipes.empty());
  for (const OpReport &op : result->report)
    EXPECT_EQ(op.backend, 0u) << op.kind;
}
