// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attributes with wrong values, and values that operators refuse.

#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::HasSubstr;

namespace {

TEST(Attributes, UnknownOnesAreRefused) {
  Model model = oneNode("Relu", {2});
  setInt(*model.graph.mutable_node(0), "slope", 1);
  EXPECT_EQ(import(model).text,
            "node 0 (Relu): attribute 'slope' is not known in opset 13");
}

TEST(Attributes, DuplicatesAreRefused) {
  Model model = oneNode("Flatten", {2, 3});
  setInt(*model.graph.mutable_node(0), "axis", 1);
  setInt(*model.graph.mutable_node(0), "axis", 0);
  EXPECT_EQ(import(model).text,
            "node 0 (Flatten): attribute 'axis' is given twice");
}

TEST(Attributes, TypesHaveToBeTrue) {
  Model wrong = oneNode("Flatten", {2, 3});
  setInts(*wrong.graph.mutable_node(0), "axis", {1});
  EXPECT_EQ(import(wrong).text,
            "node 0 (Flatten): attribute 'axis' needs type INT, but has INTS");

  Model lie = oneNode("Flatten", {2, 3});
  setInts(*lie.graph.mutable_node(0), "axis", {1});
  lie.graph.mutable_node(0)->mutable_attribute(0)->set_type(
      onnx::AttributeProto::INT);
  EXPECT_EQ(import(lie).text, "node 0 (Flatten): attribute 'axis' says type "
                              "INT, but holds INTS");
}

TEST(Attributes, ReferencesNeedAFunction) {
  Model model = oneNode("Flatten", {2, 3});
  setInt(*model.graph.mutable_node(0), "axis", 1);
  model.graph.mutable_node(0)->mutable_attribute(0)->set_ref_attr_name("a");
  EXPECT_THAT(import(model).text, HasSubstr("outside of one"));
}

/// A convolution of x [1, 4, 5, 5] by w [2, 4, 3, 3].
Model conv() {
  Model model;
  model.input("x", {1, 4, 5, 5}).input("w", {2, 4, 3, 3});
  model.node("Conv", {"x", "w"}, {"y"}).set_name("conv1");
  model.output("y");
  return model;
}

struct BadAttribute {
  const char *name;
  std::vector<int64_t> values;
  const char *message;
};

class ConvAttribute : public ::testing::TestWithParam<BadAttribute> {};

TEST_P(ConvAttribute, IsRefusedWithBothValues) {
  Model model = conv();
  ASSERT_TRUE(import(model).imported);
  const BadAttribute &bad = GetParam();
  onnx::NodeProto &node = *model.graph.mutable_node(0);
  if (llvm::StringRef(bad.name) == "group")
    setInt(node, bad.name, bad.values[0]);
  else
    setInts(node, bad.name, bad.values);
  const Outcome outcome = import(model);
  EXPECT_FALSE(outcome.imported);
  EXPECT_EQ(outcome.text, std::string("node 'conv1' (Conv): ") + bad.message);
}

INSTANTIATE_TEST_SUITE_P(
    Bad, ConvAttribute,
    ::testing::Values(
        BadAttribute{"strides",
                     {0, 1},
                     "strides[0] needs to be at least 1, "
                     "but got 0"},
        BadAttribute{"strides",
                     {1, -1},
                     "strides[1] needs to be at least 1, "
                     "but got -1"},
        BadAttribute{"strides", {1}, "strides needs 2 entries, but has 1"},
        BadAttribute{"dilations",
                     {1, 0},
                     "dilations[1] needs to be at least "
                     "1, but got 0"},
        BadAttribute{"dilations",
                     {int64_t{1} << 62, 1},
                     "dilations[0] needs to be at most 2147483647, but got "
                     "4611686018427387904"},
        BadAttribute{"pads",
                     {0, 0, -1, 0},
                     "pads[2] needs to be at least 0, "
                     "but got -1"},
        BadAttribute{"pads", {0, 0}, "pads needs 4 entries, but has 2"},
        BadAttribute{"dilations",
                     {3, 1},
                     "a kernel of 7 does not fit spatial "
                     "dim 0 of 5 with pads 0 and 0"},
        BadAttribute{"kernel_shape",
                     {3, 2},
                     "attribute 'kernel_shape' "
                     "differs from the weights"},
        BadAttribute{"group", {0}, "group needs to be at least 1, but got 0"},
        BadAttribute{"group",
                     {2},
                     "2 groups do not fit an input of 4 "
                     "channels and weights of shape [2, 4, 3, "
                     "3]"}));

TEST(Operators, ConvOfOddRanks) {
  for (size_t rank : {0u, 1u, 2u, 6u, 8u})
    for (size_t weights : {0u, 1u, 2u, 5u, 8u}) {
      Model model;
      model.input("x", Sizes(rank, 1)).input("w", Sizes(weights, 1));
      model.node("Conv", {"x", "w"}, {"y"});
      model.output("y");
      EXPECT_FALSE(import(model).imported);
    }
}

TEST(Operators, RanksAndShapesThatDoNotFit) {
  Model gemm;
  gemm.input("a", {}).input("b", {3, 2});
  gemm.node("Gemm", {"a", "b"}, {"y"});
  gemm.output("y");
  EXPECT_EQ(import(gemm).text,
            "node 0 (Gemm): input 0 needs rank 2, but has shape []");

  Model matmul;
  matmul.input("a", {2, 3}).input("b", {4, 2});
  matmul.node("MatMul", {"a", "b"}, {"y"});
  matmul.output("y");
  EXPECT_EQ(import(matmul).text, "node 0 (MatMul): matrices of shapes [2, 3] "
                                 "and [4, 2] cannot be multiplied");

  Model add;
  add.input("a", {2, 3}).input("b", {4});
  add.node("Add", {"a", "b"}, {"y"});
  add.output("y");
  EXPECT_EQ(import(add).text,
            "node 0 (Add): inputs of shapes [2, 3] and [4] do not broadcast "
            "to each other");
}

struct BadReshape {
  std::vector<int64_t> shape;
  const char *message;
};

class Reshape : public ::testing::TestWithParam<BadReshape> {};

TEST_P(Reshape, IsRefused) {
  Model model;
  model.input("x", {2, 3}).ints("s", GetParam().shape);
  model.node("Reshape", {"x", "s"}, {"y"});
  model.output("y");
  EXPECT_EQ(import(model).text,
            std::string("node 0 (Reshape): ") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Bad, Reshape,
    ::testing::Values(
        BadReshape{{-1, -1}, "shape [-1, -1] has more than one -1"},
        BadReshape{{4, -1}, "cannot reshape [2, 3] to [4, -1]"},
        BadReshape{{7}, "cannot reshape [2, 3] to [7]"},
        BadReshape{{2, 3, 0},
                   "shape[2] copies a dim of the input, which has "
                   "rank 2"},
        BadReshape{{std::numeric_limits<int64_t>::min()},
                   "shape[0] needs to be at least 0, but got "
                   "-9223372036854775808"},
        BadReshape{{int64_t{1} << 40, int64_t{1} << 40},
                   "shape [1099511627776, 1099511627776] is too large"}));

TEST(Operators, AxesOutOfRange) {
  for (int64_t axis :
       {int64_t{2}, int64_t{-3}, std::numeric_limits<int64_t>::min(),
        std::numeric_limits<int64_t>::max()}) {
    Model model = oneNode("Softmax", {2, 3});
    setInt(*model.graph.mutable_node(0), "axis", axis);
    EXPECT_EQ(import(model).text,
              "node 0 (Softmax): axis needs to be from -2 to 1, but got " +
                  std::to_string(axis));
  }
}

/// Results of absurd size, from files of a few bytes: refused before anything
/// is allocated.
TEST(Operators, HugeResults) {
  const int64_t huge = int64_t{1} << 40;
  Model expand;
  expand.input("x", {1}).ints("s", {huge});
  expand.node("Expand", {"x", "s"}, {"y"});
  expand.output("y");
  EXPECT_THAT(import(expand).text, HasSubstr("more than 2147483647 elements"));

  Model tile;
  tile.input("x", {2}).ints("s", {std::numeric_limits<int64_t>::max()});
  tile.node("Tile", {"x", "s"}, {"y"});
  tile.output("y");
  EXPECT_THAT(import(tile).text, HasSubstr("is too large"));

  Model fill;
  fill.ints("s", {huge, huge});
  fill.node("ConstantOfShape", {"s"}, {"y"});
  fill.output("y");
  EXPECT_THAT(import(fill).text, HasSubstr("more than 2147483647 elements"));

  Model pad;
  pad.input("x", {1}).ints("p", {0, int64_t{1} << 62});
  pad.node("Pad", {"x", "p"}, {"y"});
  pad.output("y");
  EXPECT_THAT(import(pad).text, HasSubstr("but got 4611686018427387904"));

  Model range;
  range.ints("a", {0}).ints("b", {huge}).ints("c", {1});
  range.node("Range", {"a", "b", "c"}, {"y"});
  range.output("y");
  EXPECT_THAT(import(range).text, HasSubstr("cannot make the range"));

  Model pool = oneNode("AveragePool", {1, 1, int64_t{1} << 30});
  setInts(*pool.graph.mutable_node(0), "kernel_shape", {3});
  setInts(*pool.graph.mutable_node(0), "pads", {1, 1});
  EXPECT_THAT(import(pool).text, HasSubstr("it needs tables of"));

  // A few bytes of lengths for 2^27 rows.
  Model reverse;
  reverse.input("x", {int64_t{1} << 27, 1}).ints("l", {1});
  reverse.node("ReverseSequence", {"x", "l"}, {"y"});
  reverse.output("y");
  EXPECT_THAT(import(reverse).text, HasSubstr("it needs tables of"));

  // The positions are computed, and are no table.
  Model oneHot;
  oneHot.input("x", {1}).ints("d", {int64_t{1} << 27}).ints("v", {0, 1});
  oneHot.node("OneHot", {"x", "d", "v"}, {"y"});
  oneHot.output("y");
  EXPECT_THAT(import(oneHot).text, HasSubstr("prim.scan"));
}

TEST(Operators, SplitsIntoAnyNumber) {
  for (int64_t parts : {int64_t{0}, int64_t{-1}, int64_t{1} << 40,
                        std::numeric_limits<int64_t>::max()}) {
    Model model = oneNode("Split", {4}, 18);
    setInt(*model.graph.mutable_node(0), "num_outputs", parts);
    EXPECT_EQ(import(model).text, "node 0 (Split): num_outputs is " +
                                      std::to_string(parts) +
                                      ", but the node has 1 outputs");
  }
}

TEST(Operators, SumsOfManyInputs) {
  Model model = oneNode("Sum", {2});
  for (int i = 0; i < 1000; ++i)
    model.graph.mutable_node(0)->add_input("x");
  const Outcome outcome = import(model);
  ASSERT_TRUE(outcome.imported);
  EXPECT_EQ(llvm::StringRef(outcome.text).count("prim.map"), 8u);
}

TEST(Operators, SlicesOfAnyBounds) {
  const int64_t low = std::numeric_limits<int64_t>::min();
  const int64_t high = std::numeric_limits<int64_t>::max();
  struct Case {
    int64_t start, end, step;
    int64_t size; // -1: refused
  };
  for (const Case &c :
       {Case{0, 4, 1, 4}, Case{low, high, 1, 4}, Case{high, low, -1, 4},
        Case{3, low, low, 1}, Case{0, high, high, 1}, Case{2, 1, 1, 0},
        Case{-1, -5, -2, 2}, Case{0, 4, 0, -1}}) {
    Model model;
    model.input("x", {4});
    model.ints("a", {c.start}).ints("b", {c.end}).ints("d", {0});
    model.ints("e", {c.step});
    model.node("Slice", {"x", "a", "b", "d", "e"}, {"y"});
    model.output("y");
    const Outcome outcome = import(model);
    EXPECT_EQ(outcome.imported, c.size >= 0) << outcome.text;
    if (outcome.imported) {
      EXPECT_EQ(outcome.outputs[0].shape[0], c.size)
          << c.start << " " << c.end << " " << c.step;
    }
  }
}

} // namespace
