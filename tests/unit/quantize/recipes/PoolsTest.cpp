// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Average pools: as floats they equal ONNX Runtime's; they become integers
// where that gives the same; and changes by a recipe are reported.

#include "core/quantize/recipes/Pools.h"
#include "core/fold/Evaluate.h"
#include "core/image/Writer.h"
#include "core/image/image_generated.h"
#include "core/lowering/ExpandPools.h"
#include "core/quantize/islands/Passes.h"
#include "core/quantize/recipes/Recipe.h"
#include "core/reference/Interpreter.h"
#include "tests/unit/quantize/islands/RandomIsland.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <cmath>
#include <glowplug/arithmetic.h>
#include <set>

using namespace glowplug;
using namespace glowplug::test;
using namespace mlir;

namespace {

class PoolsTest : public testing::Test {
protected:
  PoolsTest() {
    context.disableMultithreading();
    context.loadDialect<prim::PrimDialect, func::FuncDialect>();
  }

  static func::FuncOp mainOf(ModuleOp module) {
    return *module.getOps<func::FuncOp>().begin();
  }

  void formIslands(ModuleOp module) {
    PassManager passes(&context);
    passes.addPass(createFormIslands());
    ASSERT_TRUE(succeeded(passes.run(module)));
  }

  static std::vector<double> run(ModuleOp module, std::vector<Tensor> inputs) {
    EXPECT_TRUE(succeeded(verify(module)));
    llvm::Expected<Image> image = writeImage(mainOf(module));
    if (!image) {
      ADD_FAILURE() << llvm::toString(image.takeError());
      return {};
    }
    llvm::Expected<std::vector<Tensor>> outputs = interpret(
        *image::GetProgram(image->bytes.data()), inputs, image->segments);
    if (!outputs) {
      ADD_FAILURE() << llvm::toString(outputs.takeError());
      return {};
    }
    return toDoubles(outputs->front());
  }

  MLIRContext context;
};

struct Range {
  double low, high;
  double clamp(double value) const { return std::clamp(value, low, high); }
};

/// The result of ONNX Runtime for the reals in one window.
double average(const std::vector<float> &reals, float count, float scale,
               float zp, Range range) {
  float sum = 0;
  for (float real : reals)
    sum += real;
  return range.clamp(
      static_cast<double>(std::nearbyint(sum / count / scale + zp)));
}

/// An integer of an island's limit.
double limit(const Island &island, float value, Range range) {
  return range.clamp(
      static_cast<double>(std::nearbyint(value / island.outScale)) +
      island.outZp);
}

std::vector<double> expectedOf(const Island &in) {
  const auto &x = in.a.shape;
  const int64_t size = x[2];
  const int64_t side = (size + 2 * in.pad - in.kernel) / in.stride + 1;
  const Range range{in.outSigned ? -128.0 : 0.0, in.outSigned ? 127.0 : 255.0};
  std::vector<double> results;
  for (int64_t plane = 0; plane < x[0] * x[1]; ++plane)
    for (int64_t row = 0; row < side; ++row)
      for (int64_t column = 0; column < side; ++column) {
        std::vector<float> reals;
        for (int64_t i = 0; i < in.kernel; ++i)
          for (int64_t j = 0; j < in.kernel; ++j) {
            const int64_t y = row * in.stride - in.pad + i,
                          z = column * in.stride - in.pad + j;
            if (y >= 0 && y < size && z >= 0 && z < size)
              reals.push_back(
                  static_cast<float>(
                      in.a.values[(plane * size + y) * size + z] - in.a.zp) *
                  in.a.scale[0]);
          }
        double result =
            average(reals, static_cast<float>(in.kernel * in.kernel),
                    in.outScale, static_cast<float>(in.outZp), range);
        if (in.low)
          result = std::max(result, limit(in, *in.low, range));
        if (in.high)
          result = std::min(result, limit(in, *in.high, range));
        results.push_back(result);
      }
  return results;
}

// Every pair of bytes is one window.
const char *const pairs = R"(
func.func @main(%x: tensor<1x1x131072xui8>) -> tensor<1x1x65536xui8> {
  %d = prim.map(%x) : (tensor<1x1x131072xui8>) -> tensor<1x1x131072xf32> {
  ^bb0(%q: ui8):
    %s = prim.scalar_constant 0.0073 : f32
    %z = prim.scalar_constant 130 : ui8
    %r = prim.scalar dequantize(%q, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  %w = prim.window sum %d sizes [1, 1, 2] strides [1, 1, 2] pads [0, 0, 0], [0, 0, 0] dilations [1, 1, 1]
      : tensor<1x1x131072xf32> -> tensor<1x1x65536xf32>
  %m = prim.map(%w) : (tensor<1x1x65536xf32>) -> tensor<1x1x65536xf32> {
  ^bb0(%v: f32):
    %two = prim.scalar_constant 2.0 : f32
    %r = prim.scalar div(%v, %two) : (f32, f32) -> f32
    prim.yield %r : f32
  }
  %y = prim.map(%m) : (tensor<1x1x65536xf32>) -> tensor<1x1x65536xui8> {
  ^bb0(%v: f32):
    %s = prim.scalar_constant 0.0073 : f32
    %z = prim.scalar_constant 128 : ui8
    %r = prim.scalar quantize(%v, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  } loc("pool")
  return %y : tensor<1x1x65536xui8>
})";

} // namespace

TEST_F(PoolsTest, RandomPoolsAreOnnxRuntimes) {
  std::mt19937 random(99);
  unsigned expanded = 0, exact = 0, unlikeIntegers = 0;
  for (int i = 0; i < 150; ++i) {
    Island island = randomIsland(random, Anchor::averagePool);
    if (i % 3 == 0) // so that means lie halfway between steps
      island.outScale = island.a.scale[0];
    OwningOpRef<ModuleOp> module = buildIsland(context, island);
    formIslands(*module);
    const std::vector<double> expected = expectedOf(island);
    const std::vector<double> integers = run(*module, inputsOf(island));
    const bool isExpanded = expandPools(mainOf(*module));
    ++(isExpanded ? expanded : exact);
    EXPECT_EQ(run(*module, inputsOf(island)), expected) << island.text();
    if (!isExpanded) {
      EXPECT_EQ(integers, expected) << island.text();
    }
    unlikeIntegers += integers != expected;
  }
  EXPECT_GT(expanded, 5u);
  EXPECT_GT(exact, 20u);
  EXPECT_GT(unlikeIntegers, 0u);
}

TEST_F(PoolsTest, LargeWindowsStayIntegers) {
  // 1,089 and 1,024 elements.
  std::mt19937 random(5);
  Island island = randomIsland(random, Anchor::averagePool);
  island.a.shape = {1, 1, 44, 44};
  island.a.values.assign(44 * 44, island.a.low() + 3);
  island.kernel = 33;
  island.stride = 1;
  island.pad = 0;
  island.outScale = island.a.scale[0];
  OwningOpRef<ModuleOp> module = buildIsland(context, island);
  formIslands(*module);
  EXPECT_FALSE(expandPools(mainOf(*module)));
  island.kernel = 32;
  module = buildIsland(context, island);
  formIslands(*module);
  EXPECT_TRUE(expandPools(mainOf(*module)));
}

TEST_F(PoolsTest, CountsTheSumsThatARecipeMakesOtherwise) {
  std::vector<uint8_t> x;
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b)
      x.insert(x.end(), {static_cast<uint8_t>(a), static_cast<uint8_t>(b)});
  const std::vector<Tensor> inputs{Tensor::of<uint8_t>({1, 1, 131072}, x)};
  const float scale = 0.0073F;
  for (Recipe recipe : {Recipe::tosaSingle, Recipe::tosaDouble}) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(pairs, &context);
    ASSERT_TRUE(module);
    formIslands(*module);
    std::vector<RecipeChange> changes;
    module->walk([&](prim::MapOp map) {
      for (RecipeChange &change : rewriteRecipe(map, recipe))
        changes.push_back(std::move(change));
    });
    ASSERT_EQ(changes.size(), 1u);
    const std::vector<double> integers = run(*module, inputs);
    std::set<int> differing;
    uint64_t most = 0;
    for (int a = 0; a < 256; ++a)
      for (int b = 0; b < 256; ++b) {
        const double expected = average({static_cast<float>(a - 130) * scale,
                                         static_cast<float>(b - 130) * scale},
                                        2, scale, 128, {0, 255});
        const double gap = std::abs(integers[a * 256 + b] - expected);
        if (gap == 0)
          continue;
        differing.insert(a + b);
        most = std::max(most, static_cast<uint64_t>(gap));
      }
    EXPECT_EQ(changes[0].total, 511u);
    EXPECT_EQ(changes[0].differing, differing.size());
    EXPECT_EQ(changes[0].mostSteps, most);
    EXPECT_GT(most, 0u);
    EXPECT_EQ(changes[0].domain, "sums of up to 2 elements");
    EXPECT_FALSE(expandPools(mainOf(*module)));
  }
}
