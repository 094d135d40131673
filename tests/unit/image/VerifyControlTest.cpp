// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The verifier on if and loop.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ScalarOp;

namespace {

class VerifyControlTest : public ::testing::Test {
protected:
  VerifyControlTest() {
    b.require("control_flow");
    condition = b.input("c", DType::boolean, {});
    trips = b.input("trips", DType::i64, {});
    x = b.input("x", DType::f32, {2});
  }

  ProgramBuilder b{"program"};
  ValueId condition, trips, x;
};

class VerifyIfTest : public VerifyControlTest {
protected:
  VerifyIfTest() {
    for (BodyBuilder *body : {&first, &second})
      body->output(
          body->map(ScalarOp::neg, {body->input("x", DType::f32, {2})}));
    b.output(b.choice(condition, first, second, {x})[0]);
  }
  image::IfT &attributes() { return *b.lastOp().attributes.AsIf(); }

  BodyBuilder &first = b.addBody(), &second = b.addBody();
};

TEST_F(VerifyIfTest, AcceptsAValidIf) { EXPECT_EQ(verifyError(b), ""); }

TEST_F(VerifyIfTest, WantsItsFeature) {
  b.program().required_features.clear();
  EXPECT_EQ(verifyError(b), "op 0 '' (If): needs the feature 'control_flow', "
                            "which the program does not name");
}

TEST_F(VerifyIfTest, WantsACondition) {
  b.lastOp().operands[0] = static_cast<uint32_t>(trips);
  EXPECT_EQ(verifyError(b),
            "op 0 '' (If): needs a condition of type boolean[], but got i64[]");
  b.lastOp().operands.clear();
  EXPECT_EQ(verifyError(b), "op 0 '' (If): needs 1 operand or more, but got 0");
}

TEST_F(VerifyIfTest, WantsTheTypesOfBothBodies) {
  attributes().else_body = 2;
  EXPECT_EQ(verifyError(b), "op 0 '' (If): needs a body below 2, but got 2");
  attributes().else_body = 1;
  second.valueAt(ValueId{0}).shape = {3};
  second.valueAt(ValueId{1}).shape = {3};
  EXPECT_EQ(verifyError(b),
            "op 0 '' (If): needs operands after the condition 0 of type "
            "f32[3] as in its body, but got f32[2]");
}

TEST_F(VerifyIfTest, WantsVersionOne) {
  b.lastOp().version = 2;
  EXPECT_EQ(verifyError(b), "op 0 '' (If): needs version 1, but got 2");
}

TEST_F(VerifyIfTest, RefusesCycles) {
  second.choice(second.map(ScalarOp::is_nan, {second.splat<float>({}, 1)}),
                first, second, {ValueId{0}});
  EXPECT_EQ(verifyError(b),
            "body 1: needs bodies that name each other without a cycle");
}

class VerifyLoopTest : public VerifyControlTest {
protected:
  VerifyLoopTest() {
    body.input("i", DType::i64, {});
    ValueId carried = body.input("x", DType::f32, {2});
    body.output(body.map(ScalarOp::eq,
                         {body.splat<float>({}, 1), body.splat<float>({}, 1)}));
    body.output(carried);
    body.output(carried);
    for (ValueId result :
         b.loop(trips, condition, body, {x}, /*carried=*/1, /*most=*/5))
      b.output(result);
  }
  image::LoopT &attributes() { return *b.lastOp().attributes.AsLoop(); }
  std::string error() {
    const std::string said = verifyError(b), head = "op 0 '' (Loop): ";
    EXPECT_EQ(said.substr(0, head.size()), head);
    return said.size() < head.size() ? said : said.substr(head.size());
  }

  BodyBuilder &body = b.addBody();
};

TEST_F(VerifyLoopTest, AcceptsAValidLoop) { EXPECT_EQ(verifyError(b), ""); }

TEST_F(VerifyLoopTest, WantsItsFeature) {
  b.program().required_features.clear();
  EXPECT_EQ(
      error(),
      "needs the feature 'control_flow', which the program does not name");
}

TEST_F(VerifyLoopTest, CountsWhatItCarries) {
  attributes().carried = 2;
  EXPECT_EQ(error(), "needs 4 operands or more, but got 3");
  attributes().carried = UINT32_MAX;
  EXPECT_EQ(error(), "needs 4294967297 operands or more, but got 3");
}

TEST_F(VerifyLoopTest, WantsTripsAndCondition) {
  std::swap(b.lastOp().operands[0], b.lastOp().operands[1]);
  EXPECT_EQ(error(), "needs trips of type i64[], but got boolean[]");
}

TEST_F(VerifyLoopTest, StacksAsManyRowsAsItHasIterations) {
  attributes().most = 4;
  EXPECT_EQ(error(),
            "needs rows stacked to a first dim of 4, but got f32[5,2]");
  attributes().most = -1;
  EXPECT_EQ(error(), "needs most of at least 0, but got -1");
}

TEST_F(VerifyLoopTest, WantsTheTypesOfItsBody) {
  body.valueAt(ValueId{0}).shape = {1};
  EXPECT_EQ(error(), "needs operands with the iteration 0 of type i64[1] as in "
                     "its body, but got i64[]");
}

TEST_F(VerifyLoopTest, CarriesWhatItTook) {
  b.valueAt(ValueId{b.lastOp().results[0]}).shape = {3};
  EXPECT_EQ(error(),
            "needs result 0 of the type of operand 2, f32[2], but got f32[3]");
}

} // namespace
