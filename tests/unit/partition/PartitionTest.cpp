// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which backend takes which op, and how the program is cut.

#include "tests/unit/partition/Testing.h"

#include "core/image/Types.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// Kinds of the ops of a partition's image, without constants' contents.
std::vector<std::string> kinds(const Partition &partition) {
  std::vector<std::string> result;
  for (const image::Op *op :
       *image::GetProgram(partition.image.bytes.data())->body()->ops())
    result.push_back(image::EnumNameAttributes(op->attributes_type()));
  return result;
}

std::vector<unsigned> backendsOf(const PartitionResult &result) {
  std::vector<unsigned> backends;
  for (const Partition &partition : result.partitions)
    backends.push_back(partition.backend);
  return backends;
}

using Names = std::vector<std::string>;

std::shared_ptr<ProgramBackend> fake(FakeBackend::Judge judge) {
  return std::make_shared<FakeBackend>("fake", std::move(judge));
}

// x -> transpose -> matmul(w) -> sort -> transpose -> y
const char *const chain = R"(
func.func @main(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xi64>) {
  %w = prim.constant dense<0.5> : tensor<4x4xf32>
  %a = prim.transpose %x [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
  %b = prim.matmul %a, %w : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  %v, %p = prim.sort %b dim 1 : tensor<4x4xf32> -> tensor<4x4xf32>, tensor<4x4xi64>
  %d = prim.transpose %v [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
  return %d, %p : tensor<4x4xf32>, tensor<4x4xi64>
})";

} // namespace

TEST(PartitionTest, GivesAllToTheFirstThatTakesAll) {
  Program program(chain);
  llvm::Expected<PartitionResult> result =
      program.partition({fake([](const Question &) { return yes(); })});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(backendsOf(*result), std::vector<unsigned>{0});
  EXPECT_EQ(kinds(result->partitions[0]),
            (Names{"Constant", "Transpose", "MatMul", "Sort", "Transpose"}));
  EXPECT_EQ(result->partitions[0].opCount, 4u);
}

TEST(PartitionTest, LeavesTheRestToTheInterpreterAndSaysWhy) {
  Program program(chain);
  llvm::Expected<PartitionResult> result =
      program.partition({fake(takes({"Constant", "Transpose", "MatMul"}))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(backendsOf(*result), (std::vector<unsigned>{0, 1, 0}));
  EXPECT_EQ(kinds(result->partitions[1]), Names{"Sort"});
  EXPECT_EQ(result->partitions[1].outputs.size(), 2u);
  ASSERT_EQ(result->report.size(), 4u);
  EXPECT_EQ(result->report[2].kind, "sort");
  EXPECT_EQ(result->report[2].backend, 1u);
  ASSERT_EQ(result->report[2].refusals.size(), 1u);
  EXPECT_EQ(result->report[2].refusals[0].reason, "no Sort");
  EXPECT_TRUE(result->report[0].refusals.empty());
}

TEST(PartitionTest, PassesAConstantWhereABackendTakesNone) {
  Program program(chain);
  llvm::Expected<PartitionResult> result =
      program.partition({fake(takes({"Transpose", "MatMul", "Sort"}))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  ASSERT_EQ(backendsOf(*result), std::vector<unsigned>{0});
  EXPECT_EQ(kinds(result->partitions[0]),
            (Names{"Transpose", "MatMul", "Sort", "Transpose"}));
  EXPECT_EQ(result->partitions[0].inputs.size(), 2u); // x and the constant
}

TEST(PartitionTest, TakesTurnsAsSeldomAsItCan) {
  // Two chains that alternate, shifted against each other by one.
  Program program(R"(
    func.func @main(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>)
        -> (tensor<4x4xf32>, tensor<4x4xf32>) {
      %a = prim.transpose %x [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
      %p = prim.concat %y dim 0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
      %b = prim.concat %a dim 0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
      %q = prim.transpose %p [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
      %c = prim.transpose %b [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
      %r = prim.concat %q dim 0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
      return %c, %r : tensor<4x4xf32>, tensor<4x4xf32>
    })");
  llvm::Expected<PartitionResult> result =
      program.partition({fake(takes({"Transpose"}))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  // t | c c | t t | c: one for each turn of the longer word, not six.
  EXPECT_EQ(backendsOf(*result), (std::vector<unsigned>{0, 1, 0, 1}));
}

TEST(PartitionTest, RepeatsAReshapeInEachPartitionThatUsesIt) {
  Program program(R"(
    func.func @main(%x: tensor<4x4xf32>)
        -> (tensor<16x1xf32>, tensor<1x16xf32>, tensor<1x16xf32>) {
      %r = prim.reshape %x : tensor<4x4xf32> -> tensor<1x16xf32>
      %a = prim.transpose %r [1, 0] : tensor<1x16xf32> -> tensor<16x1xf32>
      %b = prim.concat %r dim 0 : (tensor<1x16xf32>) -> tensor<1x16xf32>
      return %a, %b, %r : tensor<16x1xf32>, tensor<1x16xf32>, tensor<1x16xf32>
    })");
  llvm::Expected<PartitionResult> result =
      program.partition({fake(takes({"Transpose", "Reshape"}))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  ASSERT_EQ(backendsOf(*result), (std::vector<unsigned>{0, 1}));
  for (const Partition &partition : result->partitions) {
    EXPECT_EQ(kinds(partition)[0], "Reshape");
    ASSERT_EQ(partition.inputs.size(), 1u);
    EXPECT_EQ(partition.inputs[0], program.main().getArgument(0));
  }
}

TEST(PartitionTest, CutsAtAReshapeThatTheBackendDoesNotTake) {
  Program program(R"(
    func.func @main(%x: tensor<4x4xf32>) -> tensor<1x16xf32> {
      %a = prim.transpose %x [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
      %r = prim.reshape %a : tensor<4x4xf32> -> tensor<16x1xf32>
      %b = prim.transpose %r [1, 0] : tensor<16x1xf32> -> tensor<1x16xf32>
      return %b : tensor<1x16xf32>
    })");
  llvm::Expected<PartitionResult> result =
      program.partition({fake(takes({"Transpose"}))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  ASSERT_EQ(backendsOf(*result), (std::vector<unsigned>{0, 0}));
  EXPECT_EQ(byteSource(result->partitions[1].inputs[0]),
            result->partitions[0].outputs[0]);
}

namespace {

const char *const fused = R"(
func.func @main(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %a = prim.matmul %x, %y : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
      epilogue() {
      ^bb0(%s: f32):
        %t = prim.scalar tanh(%s) : (f32) -> f32
        prim.yield %t : f32
      }
  return %a : tensor<4x4xf32>
})";

} // namespace

TEST(PartitionTest, SplitsAnEpilogueThatIsInTheWay) {
  Program program(fused);
  llvm::Expected<PartitionResult> result =
      program.partition({fake([](const Question &question) {
        if (question.hasEpilogue)
          return no("no epilogues", true);
        return yes();
      })});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(backendsOf(*result), std::vector<unsigned>{0});
  EXPECT_EQ(kinds(result->partitions[0]), (Names{"MatMul", "Map"}));
  ASSERT_EQ(result->rewrites.size(), 1u);
  EXPECT_NE(result->rewrites[0].find("split the epilogue of matmul"),
            std::string::npos);
}

TEST(PartitionTest, KeepsAnEpilogueThatIsNot) {
  Program program(fused);
  llvm::Expected<PartitionResult> result =
      program.partition({fake(takes({"Map"}))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(backendsOf(*result), std::vector<unsigned>{1});
  EXPECT_EQ(kinds(result->partitions[0]), Names{"MatMul"});
  EXPECT_TRUE(result->rewrites.empty());
}

namespace {

const char *const withComposite = R"(
func.func @main(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %y = prim.composite "twice" version 1 (%x) attributes {axis = 1 : i64}
      : (tensor<4x4xf32>) -> tensor<4x4xf32> {
  ^bb0(%a: tensor<4x4xf32>):
    %b = prim.transpose %a [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
    %c = prim.transpose %b [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
    prim.yield %c : tensor<4x4xf32>
  }
  return %y : tensor<4x4xf32>
})";

} // namespace

TEST(PartitionTest, GivesACompositeToWhoeverTakesItWhole) {
  Program program(withComposite);
  llvm::Expected<PartitionResult> result = program.partition(
      {fake(takes({"Transpose"})), fake(takes({"Composite twice"}))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(backendsOf(*result), std::vector<unsigned>{1});
  EXPECT_EQ(kinds(result->partitions[0]), Names{"Composite"});
}

TEST(PartitionTest, InlinesACompositeThatNobodyTakes) {
  Program program(withComposite);
  llvm::Expected<PartitionResult> result =
      program.partition({fake(takes({"Transpose"}))});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(backendsOf(*result), std::vector<unsigned>{0});
  EXPECT_EQ(kinds(result->partitions[0]), (Names{"Transpose", "Transpose"}));
  EXPECT_EQ(result->report[0].kind, "transpose");
}

TEST(PartitionTest, KeepsCompositesForTheInterpreterAlone) {
  Program program(withComposite);
  llvm::Expected<PartitionResult> result = program.partition({});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(kinds(result->partitions[0]), Names{"Composite"});
}

TEST(PartitionTest, BelievesABackendThatChangesItsMindAboutThePiece) {
  // It takes a matmul among many ops, but not in an image of its own.
  Program program(chain);
  unsigned asked = 0;
  llvm::Expected<PartitionResult> result =
      program.partition({fake([&](const Question &question) {
        ++asked;
        if (question.kind == "Sort")
          return no("no Sort");
        if (question.kind == "MatMul" && question.imageKinds.size() < 5)
          return no("too small");
        return yes();
      })});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(backendsOf(*result), (std::vector<unsigned>{0, 1, 0}));
  EXPECT_EQ(kinds(result->partitions[1]),
            (Names{"Constant", "MatMul", "Sort"}));
  EXPECT_EQ(result->report[1].refusals[0].reason, "too small");
  EXPECT_GT(asked, 5u);
}

/// Takes products of weights that are in the image, but no constants.
static Verdict wantsConstantWeights(const Question &question) {
  if (question.kind == "Constant")
    return no("not an operation");
  if (question.kind == "MatMul" &&
      !llvm::is_contained(question.imageKinds, "Constant"))
    return no("weights have to be constant");
  return yes();
}

TEST(PartitionTest, GivesARefusedConstantToAnOpThatNeedsIt) {
  Program program(chain);
  llvm::Expected<PartitionResult> result =
      program.partition({fake(wantsConstantWeights)});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(backendsOf(*result), std::vector<unsigned>{0});
  EXPECT_EQ(kinds(result->partitions[0]),
            (Names{"Constant", "Transpose", "MatMul", "Sort", "Transpose"}));
}

TEST(PartitionTest, RefusesAnOpThatIsRefusedWithItsConstantsToo) {
  Program program(chain);
  llvm::Expected<PartitionResult> result =
      program.partition({fake([](const Question &question) {
        if (question.kind == "Sort")
          return no("no Sort");
        if (question.kind == "MatMul" && question.imageKinds.size() < 5)
          return no("too small");
        return wantsConstantWeights(question);
      })});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_EQ(result->report[1].kind, "matmul");
  EXPECT_EQ(result->report[1].backend, 1u);
  EXPECT_EQ(result->report[1].refusals[0].reason, "too small");
}

TEST(PartitionTest, AsksNobodyAboutDeadOps) {
  Program program(R"(
    func.func @main(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
      %a = prim.transpose %x [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
      return %x : tensor<4x4xf32>
    })");
  llvm::Expected<PartitionResult> result =
      program.partition({fake([](const Question &) -> Verdict {
        ADD_FAILURE();
        return yes();
      })});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  EXPECT_TRUE(result->partitions.empty());
}

// The host runs control flow; backends get what is before and after it, and
// nothing of both at once.
TEST(PartitionTest, LeavesControlFlowToTheHost) {
  Program program(R"(
func.func private @half(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @main(%c: tensor<i1>, %x: tensor<2x2xf32>) -> (tensor<4xf32>, tensor<2x2xf32>) {
  %a = prim.transpose %x [1, 0] : tensor<2x2xf32> -> tensor<2x2xf32>
  %b = prim.reshape %a : tensor<2x2xf32> -> tensor<4xf32>
  %d = prim.if %c then @half else @half (%b) : (tensor<i1>, tensor<4xf32>) -> tensor<4xf32>
  %e = prim.if %c then @half else @half (%b) : (tensor<i1>, tensor<4xf32>) -> tensor<4xf32>
  %f = prim.map(%d, %e) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: f32, %q: f32):
    %s = prim.scalar add(%p, %q) : (f32, f32) -> f32
    prim.yield %s : f32
  }
  %g = prim.transpose %a [1, 0] : tensor<2x2xf32> -> tensor<2x2xf32>
  return %f, %g : tensor<4xf32>, tensor<2x2xf32>
})");
  llvm::Expected<PartitionResult> result =
      program.partition({fake([](const Question &) { return yes(); })});
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  ASSERT_EQ(result->partitions.size(), 4u);
  EXPECT_EQ(kinds(result->partitions[0]), (Names{"Transpose", "Transpose"}));
  for (size_t i : {1, 2}) {
    const Partition &host = result->partitions[i];
    ASSERT_NE(host.control, nullptr);
    EXPECT_EQ(host.inputs.size(), 2u);
    EXPECT_EQ(byteSource(host.inputs[1]), result->partitions[0].outputs[0]);
    EXPECT_EQ(host.outputs.size(), 1u);
  }
  EXPECT_EQ(kinds(result->partitions[3]), Names{"Map"});
  EXPECT_EQ(result->report.size(), 3u); // of what backends do
}
