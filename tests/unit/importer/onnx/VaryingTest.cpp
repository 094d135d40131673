// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes that depend on data: how large the results are at most, which outputs
// say their sizes, and what is refused with which words.

#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

constexpr int i64 = onnx::TensorProto::INT64, boolean = onnx::TensorProto::BOOL;

/// Rows 'r' [n, 4] of an input 'x' [6, 4], by a mask 'c'.
Model rows(int64_t opset = 13) {
  Model model(opset);
  model.input("c", {6}, boolean).input("x", {6, 4});
  setInt(model.node("Compress", {"x", "c"}, {"r"}), "axis", 0);
  return model;
}

using Shape = llvm::SmallVector<int64_t>;

} // namespace

TEST(Varying, OutputsSayTheirSizes) {
  Model model = rows();
  model.node("Transpose", {"r"}, {"y"});
  const Outcome outcome = import(model.output("r").output("y"));
  ASSERT_TRUE(outcome.imported) << outcome.text;
  ASSERT_EQ(outcome.outputs.size(), 3u) << "one size, which both have";
  EXPECT_EQ(outcome.outputs[0].shape, (Shape{6, 4}));
  EXPECT_EQ(outcome.outputs[0].extents, (Shape{2, -1}));
  EXPECT_EQ(outcome.outputs[1].shape, (Shape{4, 6}));
  EXPECT_EQ(outcome.outputs[1].extents, (Shape{-1, 2}));
  EXPECT_EQ(outcome.outputs[2].dtype, DType::i64);
  EXPECT_EQ(outcome.outputs[2].shape, Shape());
}

TEST(Varying, WhatIsKnownDoesNotVary) {
  Model model(13);
  model.input("x", {6, 4}).ints("k", {1, 0, 1, 1, 0, 0});
  setInt(model.node("Cast", {"k"}, {"c"}), "to", boolean);
  setInt(model.node("Compress", {"x", "c"}, {"y"}), "axis", 0);
  const Outcome outcome = import(model.output("y"));
  ASSERT_TRUE(outcome.imported) << outcome.text;
  ASSERT_EQ(outcome.outputs.size(), 1u);
  EXPECT_EQ(outcome.outputs[0].shape, (Shape{3, 4}));
  EXPECT_TRUE(outcome.outputs[0].extents.empty());
}

TEST(Varying, BoundsAreTight) {
  // min(n, 2) of the rows.
  Model model = rows();
  model.ints("two", {2}).ints("zero", {0});
  model.node("Shape", {"r"}, {"s"});
  model.node("Gather", {"s", "zero"}, {"n"});
  model.node("Min", {"n", "two"}, {"k"});
  model.node("Slice", {"r", "zero", "k"}, {"y"});
  const Outcome outcome = import(model.output("y"));
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_EQ(outcome.outputs[0].shape, (Shape{2, 4}));
}

TEST(Varying, FixedSizesStayFixed) {
  // -1 stands for what is known although another size is not.
  Model model = rows();
  model.ints("two", {2}).ints("minus", {-1}).ints("zero", {0});
  model.node("Shape", {"r"}, {"s"});
  model.node("Gather", {"s", "zero"}, {"n"});
  setInt(model.node("Concat", {"n", "two", "minus"}, {"shape"}), "axis", 0);
  model.node("Reshape", {"r", "shape"}, {"y"});
  const Outcome outcome = import(model.output("y"));
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_EQ(outcome.outputs[0].shape, (Shape{6, 2, 2}));
  EXPECT_EQ(outcome.outputs[0].extents, (Shape{1, -1, -1}));
}

TEST(Varying, DeclaredShapesNeedNotNameTheBound) {
  Model model = rows();
  model.output("r");
  auto &type = *model.graph.mutable_output(0)->mutable_type();
  type.mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  for (int64_t size : {3, 4})
    type.mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(size);
  EXPECT_TRUE(import(model).warnings.empty());
}

TEST(Varying, OtherOperatorsRefuseThem) {
  Model model = rows();
  onnx::TensorProto &one = model.initializer("one", {4});
  for (int i = 0; i < 4; ++i)
    one.add_float_data(1);
  model.node("InstanceNormalization", {"r", "one", "one"}, {"y"});
  const Outcome outcome = import(model.output("y"));
  EXPECT_EQ(outcome.kind, FaultKind::unsupported);
  EXPECT_THAT(outcome.text,
              HasSubstr("(InstanceNormalization): input 0 ('r') has a size "
                        "that depends on data, at most f32[6,4]; this operator "
                        "is supported for fixed sizes"));
}

TEST(Varying, PartsOfAVaryingDimAreRefused) {
  Model model = rows();
  model.node("Split", {"r"}, {"a", "b"});
  EXPECT_THAT(import(model.output("a")).text,
              HasSubstr("dim 0 of input 0 has a size that depends on data, at "
                        "most 6"));
}

TEST(Varying, ElementsInPlacesThatDependOnDataAreRefused) {
  Model model = rows();
  model.ints("twice", {2, 1});
  model.node("Tile", {"r", "twice"}, {"y"});
  EXPECT_THAT(import(model.output("y")).text,
              HasSubstr("output 0 ('y') would hold its elements in places that "
                        "depend on data"));
}

TEST(Varying, ConstantsAreNotTakenFromThem) {
  Model model = rows();
  model.node("Size", {"r"}, {"n"});
  setInt(model.node("CumSum", {"x", "n"}, {"y"}), "reverse", 1);
  const Outcome outcome = import(model.output("y"));
  EXPECT_EQ(outcome.kind, FaultKind::unsupported);
  EXPECT_THAT(outcome.text, HasSubstr("has to be known at compile time, but it "
                                      "depends on a size that depends on "
                                      "data"));
  EXPECT_TRUE(outcome.setting.names.empty()) << "nobody is asked to bind it";
}

TEST(Varying, SizesWithoutABoundAreRefused) {
  Model model(13);
  model.input("n", {1}, i64);
  model.node("ConstantOfShape", {"n"}, {"y"});
  const Outcome outcome = import(model.output("y"));
  EXPECT_EQ(outcome.kind, FaultKind::usage);
  EXPECT_THAT(outcome.text,
              HasSubstr("input 0 ('input' = 'n') has to be known at compile "
                        "time, but it depends on input 'n'"));
}

TEST(Varying, ListsOfSizesAreShort) {
  Model model(13);
  model.input("x", {5}).input("starts", {1 << 20}, i64).ints("ends", {5});
  model.node("Slice", {"x", "starts", "ends"}, {"y"});
  const Outcome outcome = import(model.output("y"));
  EXPECT_EQ(outcome.kind, FaultKind::model);
  EXPECT_THAT(outcome.text,
              HasSubstr("input 1 ('starts') needs to be a list of at most 8 "
                        "integers, but got i64[1048576]"));
}

TEST(Varying, ABoundIsEnough) {
  Model model(13);
  model.input("n", {1}, i64).ints("low", {0}).ints("high", {9});
  model.node("Clip", {"n", "low", "high"}, {"k"});
  model.node("ConstantOfShape", {"k"}, {"y"});
  const Outcome outcome = import(model.output("y"));
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_EQ(outcome.outputs[0].shape, (Shape{9}));
}

TEST(Varying, LoopsCarryFixedSizes) {
  Model model = rows();
  model.input("n", {}, i64);
  onnx::NodeProto &loop = model.node("Loop", {"n", "", "r"}, {"y"});
  auto *attribute = loop.add_attribute();
  attribute->set_name("body");
  attribute->set_type(onnx::AttributeProto::GRAPH);
  onnx::GraphProto &body = *attribute->mutable_g();
  for (const char *name : {"i", "k", "h"})
    body.add_input()->set_name(name);
  fill(*body.add_node(), "Identity", {"k"}, {"go"});
  fill(*body.add_node(), "Neg", {"h"}, {"h1"});
  for (const char *name : {"go", "h1"})
    body.add_output()->set_name(name);
  EXPECT_THAT(import(model.output("y")).text,
              HasSubstr("a value that it carries or stacks has a size that "
                        "depends on data"));
}
