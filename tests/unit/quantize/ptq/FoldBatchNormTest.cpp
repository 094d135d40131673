// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folding keeps what a model computes.

#include "core/quantize/ptq/Prepare.h"
#include "tests/unit/quantize/ptq/ModelBuilder.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

void addBatchNorm(ModelBuilder &b, const std::string &input,
                  const std::string &output, int64_t channels) {
  b.random("scale", {channels}).random("shift", {channels});
  b.random("mean", {channels});
  b.constant("variance", {channels}, randomValues({channels}, 9, 0.1F, 2).data);
  b.node("BatchNormalization", {input, "scale", "shift", "mean", "variance"},
         output);
}

void expectSameFunction(ModelBuilder &b, const Values &x, unsigned folded,
                        int nodes) {
  OnnxGraph before = llvm::cantFail(OnnxGraph::adopt(b.model));
  OnnxGraph after = llvm::cantFail(OnnxGraph::adopt(b.model));
  EXPECT_EQ(foldBatchNorm(after), folded);
  EXPECT_EQ(after.graph().node_size(), nodes);
  const std::vector<float> wanted = evaluate(before, {{"x", x}})["y"].data;
  const std::vector<float> got = evaluate(after, {{"x", x}})["y"].data;
  ASSERT_EQ(wanted.size(), got.size());
  for (size_t i = 0; i < wanted.size(); ++i)
    EXPECT_NEAR(got[i], wanted[i], 1e-5);
}

TEST(FoldBatchNormTest, GoesIntoAConvolutionWithAndWithoutBias) {
  for (bool hasBias : {false, true}) {
    ModelBuilder b;
    b.input("x", {1, 4, 5, 5}).output("y").random("w", {6, 2, 3, 3});
    b.random("b", {6});
    std::vector<std::string> inputs = {"x", "w"};
    if (hasBias)
      inputs.push_back("b");
    setIntAttribute(b.node("Conv", inputs, "c"), "group", 2);
    addBatchNorm(b, "c", "y", 6);
    expectSameFunction(b, randomValues({1, 4, 5, 5}, 3), 1, 1);
  }
}

TEST(FoldBatchNormTest, GoesIntoAMatMulWithItsAdd) {
  ModelBuilder b;
  b.input("x", {3, 4}).output("y").random("w", {4, 5}).random("b", {5});
  b.node("MatMul", {"x", "w"}, "m");
  b.node("Add", {"m", "b"}, "a");
  addBatchNorm(b, "a", "y", 5);
  expectSameFunction(b, randomValues({3, 4}, 3), 1, 2);
}

TEST(FoldBatchNormTest, StaysWhereAnotherNodeSeesTheConvolution) {
  ModelBuilder b;
  b.input("x", {1, 2, 4, 4}).output("y").output("r").random("w", {3, 2, 1, 1});
  b.node("Conv", {"x", "w"}, "c");
  b.node("Relu", {"c"}, "r");
  addBatchNorm(b, "c", "y", 3);
  expectSameFunction(b, randomValues({1, 2, 4, 4}, 3), 0, 3);
}

TEST(FoldBatchNormTest, StaysBehindAMatMulThatHasNoPlaceForABias) {
  ModelBuilder b;
  b.input("x", {3, 4}).output("y").random("w", {4, 5});
  b.node("MatMul", {"x", "w"}, "m");
  addBatchNorm(b, "m", "y", 5);
  expectSameFunction(b, randomValues({3, 4}, 3), 0, 2);
}

TEST(FoldBatchNormTest, LeavesSharedWeightsOfOthersAlone) {
  ModelBuilder b;
  b.input("x", {1, 2, 4, 4}).output("y").output("z").random("w", {3, 2, 1, 1});
  b.node("Conv", {"x", "w"}, "c");
  b.node("Conv", {"x", "w"}, "z");
  addBatchNorm(b, "c", "y", 3);
  OnnxGraph after = llvm::cantFail(OnnxGraph::adopt(b.model));
  EXPECT_EQ(foldBatchNorm(after), 1U);
  OnnxGraph before = llvm::cantFail(OnnxGraph::adopt(b.model));
  const Values x = randomValues({1, 2, 4, 4}, 3);
  EXPECT_EQ(evaluate(before, {{"x", x}})["z"].data,
            evaluate(after, {{"x", x}})["z"].data);
}

} // namespace
