// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tests of programs that are made of some of the ops of another one.

#include "tests/unit/locate/Testing.h"

#include "core/reference/Interpreter.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// x -> a = relu(x * w0) -> b = a * w1 -> y = b + a, with constants in two
/// segments and names for the values.
class CutTest : public ::testing::Test {
protected:
  void SetUp() override {
    ProgramBuilder b("whole");
    const ValueId x = b.input("x", DType::f32, {2, 2});
    const uint32_t s0 = b.addSegment(bytes(w0)), s1 = b.addSegment(bytes(w1));
    const ValueId c0 = b.constantSegment(DType::f32, {2, 2}, s0, 0);
    const ValueId c1 = b.constantSegment(DType::f32, {2, 2}, s1, 0);
    b.setLocation("first");
    const ValueId a = b.matmul(x, c0);
    b.setLocation("second");
    const ValueId c = b.matmul(a, c1);
    b.setLocation("third");
    b.output(b.map(image::ScalarOp::add, {c, a}));
    part = partOf(b, {bytes(w0), bytes(w1)});
  }
  static llvm::ArrayRef<uint8_t> bytes(const std::array<float, 16> &floats) {
    return {reinterpret_cast<const uint8_t *>(floats.data()), sizeof floats};
  }
  static const image::Program &programOf(const Cut &cut) {
    return *image::GetProgram(cut.program.image.data());
  }

  alignas(64) static constexpr std::array<float, 16> w0 = {1, 2, 3, 4};
  alignas(64) static constexpr std::array<float, 16> w1 = {5, 6, 7, 8};
  PartImage part;
};

TEST_F(CutTest, ConstantsBelongToNoCut) {
  const Cutter cutter(part);
  EXPECT_EQ(cutter.ops().vec(), (std::vector<uint32_t>{2, 3, 4}));
  EXPECT_EQ(cutter.nameOf(3), "second");
  EXPECT_EQ(cutter.kindOf(3), "MatMul");
}

TEST_F(CutTest, OneOpHasItsConstantAndItsSegmentAlone) {
  const Cut cut = llvm::cantFail(Cutter(part).cut({3}));
  const image::Program &program = programOf(cut);
  EXPECT_EQ(program.body()->ops()->size(), 2U); // with the constant
  EXPECT_EQ(program.body()->inputs()->size(), 1U);
  EXPECT_EQ(program.segments()->size(), 1U);
  ASSERT_EQ(cut.program.segments.size(), 1U);
  EXPECT_EQ(cut.program.segments[0].data(), bytes(w1).data());
  EXPECT_EQ(program.body()->ops()->Get(0)->attributes_as_Constant()->segment(),
            0);
  const Tensor a = Tensor::of<float>({2, 2}, {1, 0, 0, 1});
  const std::vector<Tensor> made =
      llvm::cantFail(interpret(program, a, cut.program.segments));
  EXPECT_EQ(made[0].elements<float>().vec(), (std::vector<float>{5, 6, 7, 8}));
}

TEST_F(CutTest, OutputsAreWhatOthersRead) {
  // The first result is read by the third op as well.
  const Cut cut = llvm::cantFail(Cutter(part).cut({2, 3}));
  EXPECT_EQ(cut.outputs.size(), 2U);
  const Cut whole = llvm::cantFail(Cutter(part).cut({2, 3, 4}));
  EXPECT_EQ(whole.outputs.size(), 1U);
  const Cut last = llvm::cantFail(Cutter(part).cut({4}));
  EXPECT_EQ(last.inputs.size(), 2U);
  EXPECT_TRUE(last.program.segments.empty());
}

TEST_F(CutTest, ChosenOutputs) {
  const Cutter cutter(part);
  const Cut both = llvm::cantFail(cutter.cut({2, 3}));
  const Cut one = llvm::cantFail(cutter.cut({2, 3}, both.outputs[1]));
  EXPECT_EQ(one.outputs, std::vector<uint32_t>{both.outputs[1]});
}

TEST(Cut, BodiesOfCompositesComeAlong) {
  alignas(64) static const std::array<float, 16> floats = {2, 3};
  const llvm::ArrayRef<uint8_t> bytes(
      reinterpret_cast<const uint8_t *>(floats.data()), sizeof floats);
  ProgramBuilder b("composites");
  const uint32_t unused = b.addSegment(bytes), used = b.addSegment(bytes);
  auto addBody = [&](image::ScalarOp op, uint32_t segment) -> BodyBuilder & {
    BodyBuilder &body = b.addBody();
    const ValueId in = body.input("", DType::f32, {2});
    body.output(
        body.map(op, {in, body.constantSegment(DType::f32, {2}, segment, 0)}));
    return body;
  };
  BodyBuilder &sum = addBody(image::ScalarOp::add, unused);
  BodyBuilder &product = addBody(image::ScalarOp::mul, used);
  const ValueId x = b.input("x", DType::f32, {2});
  b.output(b.composite("product", product, b.composite("sum", sum, x)[0])[0]);
  const PartImage part = partOf(b, {bytes, bytes});
  const Cutter cutter(part);
  EXPECT_EQ(cutter.kindOf(1), "Composite product@1");
  const Cut cut = llvm::cantFail(cutter.cut({1}));
  const image::Program &program = *image::GetProgram(cut.program.image.data());
  EXPECT_EQ(program.bodies()->size(), 1U);
  EXPECT_EQ(program.segments()->size(), 1U);
  const std::vector<Tensor> made = llvm::cantFail(interpret(
      program, Tensor::of<float>({2}, {10, 10}), cut.program.segments));
  EXPECT_EQ(made[0].elements<float>().vec(), (std::vector<float>{20, 30}));
}

} // namespace
