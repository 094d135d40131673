// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Comparisons where floats decide integers: the references decide alike, and
// other decisions of right kernels are allowed for.

#include "core/driver/Compare.h"
#include "core/driver/Stages.h"
#include "core/prim/Prim.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace glowplug;

namespace {

constexpr int64_t count = 1 << 20;

// exp is not the same in both precisions; a million results lie close enough
// for some to be next to ties. Then a step is 0.5.
const char *const quantizedExp = R"(
func.func @main(%x: tensor<1048576xf32>) -> tensor<1048576xf32> {
  %e = prim.map(%x) : (tensor<1048576xf32>) -> tensor<1048576xf32> {
  ^bb0(%v: f32):
    %r = prim.scalar exp(%v) : (f32) -> f32
    prim.yield %r : f32
  }
  %q = prim.map(%e) : (tensor<1048576xf32>) -> tensor<1048576xui8> {
  ^bb0(%v: f32):
    %s = prim.scalar_constant 0.01 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar quantize(%v, %s, %z) : (f32, f32, ui8) -> ui8
    prim.yield %r : ui8
  }
  %y = prim.map(%q) : (tensor<1048576xui8>) -> tensor<1048576xf32> {
  ^bb0(%v: ui8):
    %s = prim.scalar_constant 0.5 : f32
    %z = prim.scalar_constant 3 : ui8
    %r = prim.scalar dequantize(%v, %s, %z) : (ui8, f32, ui8) -> f32
    prim.yield %r : f32
  }
  return %y : tensor<1048576xf32>
})";

class DecisionsTest : public ::testing::Test {
protected:
  void SetUp() override {
    context.loadDialect<prim::PrimDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(quantizedExp, &context);
    ASSERT_TRUE(module);
    SegmentHashes hashes;
    llvm::Expected<Image> image = referenceImage(*module, "exp", {}, hashes);
    ASSERT_TRUE(static_cast<bool>(image));
    program.image.assign(image->bytes.begin(), image->bytes.end());
    program.inputs = {0};
    std::vector<float> x;
    for (int64_t i = 0; i < count; ++i)
      x.push_back(static_cast<float>(i) / count * 2 - 1.41F);
    input = Tensor::of<float>({count}, x);
    llvm::Expected<ReferenceOutputs> outputs =
        runReference(program, input, /*threads=*/2);
    ASSERT_TRUE(static_cast<bool>(outputs))
        << llvm::toString(outputs.takeError());
    expected = std::move(*outputs);
  }

  Tensor output(const std::vector<float> &values) {
    return Tensor::of<float>({count}, values);
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ReferenceProgram program;
  Tensor input;
  ReferenceOutputs expected;
};

} // namespace

TEST_F(DecisionsTest, ReferencesDecideAlike) {
  // Left alone, the wide run takes other steps.
  const std::vector<double> declared = toDoubles(expected.declared[0]);
  const std::vector<float> x = input.elements<float>().vec();
  size_t others = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double steps =
        std::exp(static_cast<double>(x[i])) / static_cast<double>(0.01F);
    others += 0.5 * std::min(std::nearbyint(steps), 252.0) != declared[i];
  }
  EXPECT_GT(others, 0u);
  EXPECT_EQ(declared, toDoubles(expected.wide[0]));
}

TEST_F(DecisionsTest, AnotherStepNextToATieIsToldApart) {
  ASSERT_EQ(expected.swayed.size(), swayCount + 1);
  const std::vector<double> wide = toDoubles(expected.wide[0]);
  std::vector<float> values(wide.begin(), wide.end());
  Comparison same = compareWithReference(output(values), expected);
  EXPECT_TRUE(same.pass());
  EXPECT_EQ(same.total().decidedOtherwise, 0u);

  const std::vector<double> swayed = toDoubles(expected.swayed[0][0]);
  size_t stepped = 0;
  for (int64_t i = 0; i < count; ++i) {
    stepped += swayed[i] != wide[i];
    values[i] = static_cast<float>(swayed[i]);
  }
  EXPECT_GT(stepped, 10u);
  EXPECT_LT(stepped, static_cast<size_t>(count) / 100);
  const Comparison other = compareWithReference(output(values), expected);
  EXPECT_TRUE(other.pass());
  EXPECT_EQ(other.total().decidedOtherwise, stepped);
}

TEST_F(DecisionsTest, OneRunDecidesForItself) {
  // Errors may lead away from a decision that an exact kernel takes.
  const std::vector<float> x = input.elements<float>().vec();
  std::vector<double> steps;
  for (const float value : x)
    steps.push_back(
        0.5 * std::min(std::nearbyint(std::exp(static_cast<double>(value)) /
                                      static_cast<double>(0.01F)),
                       252.0));
  EXPECT_EQ(toDoubles(expected.swayed.back()[0]), steps);
}

TEST_F(DecisionsTest, StepsEverywhereAreNoPass) {
  // One step is what a tie explains, but not one in every fiftieth element.
  const std::vector<double> wide = toDoubles(expected.wide[0]);
  std::vector<float> values(wide.begin(), wide.end());
  for (int64_t i = 0; i < count; i += 50)
    values[i] += 0.5F;
  const Comparison found = compareWithReference(output(values), expected);
  EXPECT_EQ(found.total().mismatches, 0u);
  EXPECT_EQ(found.verdict(), CompareVerdict::notComparable);
}

TEST_F(DecisionsTest, AWrongKernelIsNoticed) {
  const std::vector<double> wide = toDoubles(expected.wide[0]);
  std::vector<float> values(wide.begin(), wide.end());
  values[77] += 1.5F; // three steps
  const OutputComparison wrong =
      compareWithReference(output(values), expected).outputs[0];
  EXPECT_EQ(wrong.mismatches, 1u);
  EXPECT_EQ(wrong.first.index, std::vector<int64_t>{77});
  values[77] -= 1.498F; // no whole step: nothing that a tie explains
  EXPECT_EQ(
      compareWithReference(output(values), expected).total().decidedOtherwise,
      1u);
}
