// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What operators of newer opsets and of other domains refuse, and with which
// words.

#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

constexpr int f32 = onnx::TensorProto::FLOAT, i64 = onnx::TensorProto::INT64,
              i32 = onnx::TensorProto::INT32;

void use(Model &model, const char *domain, int64_t version) {
  auto *set = model.proto.add_opset_import();
  set->set_domain(domain);
  set->set_version(version);
}

void setFloats(onnx::NodeProto &node, const char *name,
               const std::vector<float> &values) {
  auto *attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::FLOATS);
  for (float value : values)
    attribute->add_floats(value);
}

void setStrings(onnx::NodeProto &node, const char *name,
                const std::vector<const char *> &values) {
  auto *attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::STRINGS);
  for (const char *value : values)
    attribute->add_strings(value);
}

//===----------------------------------------------------------------------===//
// Attention and its relatives
//===----------------------------------------------------------------------===//

/// Attention 24 of three tensors.
struct Attend {
  Sizes q{2, 4, 3, 8}, k{2, 2, 5, 8}, v{2, 2, 5, 7};
  std::vector<std::pair<const char *, int64_t>> attributes = {};
  std::optional<Sizes> mask = std::nullopt;
  int maskType = f32;

  std::string error() const {
    Model model(24);
    model.input("q", q).input("k", k).input("v", v);
    if (mask)
      model.input("m", *mask, maskType);
    onnx::NodeProto &node =
        mask ? model.node("Attention", {"q", "k", "v", "m"}, {"y"})
             : model.node("Attention", {"q", "k", "v"}, {"y"});
    for (const auto &[name, value] : attributes)
      setInt(node, name, value);
    model.output("y");
    const Outcome outcome = glowplug::testing::import(model);
    return outcome.imported ? "" : outcome.text;
  }
};

TEST(Attention, TakesHeadsThatFit) {
  EXPECT_EQ(Attend().error(), "");
  EXPECT_EQ((Attend{.mask = Sizes{4, 3, 5}}.error()), "");
}

TEST(Attention, RefusesHeadsThatDoNotFit) {
  EXPECT_EQ((Attend{.k = {2, 3, 5, 8}, .v = {2, 3, 5, 7}}.error()),
            "node 0 (Attention): 3 heads of key and value do not divide 4 "
            "heads of the query");
  EXPECT_THAT((Attend{.k = {2, 2, 5, 6}}.error()),
              HasSubstr("heads of query [2, 4, 3, 8], key [2, 2, 5, 6] and "
                        "value [2, 2, 5, 7] need one batch"));
  EXPECT_THAT((Attend{.v = {2, 2, 4, 7}}.error()),
              HasSubstr("one length of key and value"));
  EXPECT_EQ((Attend{.v = {2, 5, 14}}.error()),
            "node 0 (Attention): inputs 0 and 2 need one rank, but have shapes "
            "[2, 4, 3, 8] and [2, 5, 14]");
}

TEST(Attention, OfThreeDimsNeedsTheNumberOfHeads) {
  const Attend joined{.q = {2, 3, 32}, .k = {2, 5, 16}, .v = {2, 5, 14}};
  EXPECT_EQ(joined.error(),
            "node 0 (Attention): attribute 'q_num_heads' is missing");
  Attend wrong = joined;
  wrong.attributes = {{"q_num_heads", 5}, {"kv_num_heads", 2}};
  EXPECT_EQ(wrong.error(), "node 0 (Attention): q_num_heads of 5 does not "
                           "divide dim 2 of input 0, 32");
  wrong.attributes = {{"q_num_heads", 4}, {"kv_num_heads", 0}};
  EXPECT_EQ(wrong.error(), "node 0 (Attention): kv_num_heads needs to be at "
                           "least 1, but got 0");
  Attend right = joined;
  right.attributes = {{"q_num_heads", 4}, {"kv_num_heads", 2}};
  EXPECT_EQ(right.error(), "");
}

TEST(Attention, RefusesMasksThatDoNotFit) {
  EXPECT_EQ((Attend{.mask = Sizes{3, 3, 5}}.error()),
            "node 0 (Attention): input 3 ('attn_mask') of shape [3, 3, 5] does "
            "not broadcast to [2, 4, 3, 5]");
  EXPECT_EQ((Attend{.mask = Sizes{3, 5}, .maskType = i64}.error()),
            "node 0 (Attention): attn_mask needs to be bool or f32, but is "
            "i64");
  EXPECT_EQ((Attend{.attributes = {{"qk_matmul_output_mode", 4}}}.error()),
            "node 0 (Attention): qk_matmul_output_mode needs to be from 0 to "
            "3, but got 4");
}

TEST(Attention, OfMicrosoftRefusesMasksThatItDoesNotKnow) {
  Model model(17);
  use(model, "com.microsoft", 1);
  model.input("q", {2, 4, 24}).input("k", {2, 6, 24}).input("v", {2, 6, 24});
  model.input("m", {2, 4}, i32);
  onnx::NodeProto &node =
      model.node("MultiHeadAttention", {"q", "k", "v", "", "m"}, {"y"});
  node.set_domain("com.microsoft");
  setInt(node, "num_heads", 3);
  model.output("y");
  const Outcome outcome = glowplug::testing::import(model);
  EXPECT_EQ(outcome.kind, FaultKind::unsupported);
  EXPECT_THAT(outcome.text, HasSubstr("a mask of shape [2, 4] is not "
                                      "supported; it is supported per batch"));
}

TEST(Rotary, NeedsAnglesForEachPair) {
  Model model(23);
  model.input("x", {2, 3, 5, 8}).input("c", {9, 3}).input("s", {9, 3});
  model.input("p", {2, 5}, i64);
  model.node("RotaryEmbedding", {"x", "c", "s", "p"}, {"y"});
  model.output("y");
  EXPECT_EQ(glowplug::testing::import(model).text,
            "node 0 (RotaryEmbedding): the tables of cosines and sines need 4 "
            "angles, but have shapes [9, 3] and [9, 3]");
}

//===----------------------------------------------------------------------===//
// Images and signals
//===----------------------------------------------------------------------===//

TEST(RoiAlign, RefusesSamplesThatDependOnRegions) {
  Model model(16);
  model.input("x", {1, 2, 5, 6}).input("r", {3, 4}).input("b", {3}, i64);
  model.node("RoiAlign", {"x", "r", "b"}, {"y"});
  model.output("y");
  const Outcome outcome = glowplug::testing::import(model);
  EXPECT_EQ(outcome.kind, FaultKind::unsupported);
  EXPECT_THAT(outcome.text, HasSubstr("sampling_ratio 0 is not supported"));
}

TEST(Col2Im, RefusesBlocksThatDoNotFit) {
  auto error = [](int64_t columns, const std::vector<int64_t> &image) {
    Model model(18);
    model.input("x", {1, 8, columns}).ints("i", image).ints("b", {2, 2});
    model.node("Col2Im", {"x", "i", "b"}, {"y"});
    model.output("y");
    return glowplug::testing::import(model).text;
  };
  EXPECT_THAT(error(7, {4, 3}),
              HasSubstr("input of shape [1, 8, 7] does not hold blocks of 4 "
                        "elements at 6 places"));
  EXPECT_THAT(error(6, {4, 1}),
              HasSubstr("a block of 2 does not fit dim 1 of the image, 1"));
  EXPECT_THAT(error(6, {4}), HasSubstr("need one length of 1 to 6, but have "
                                       "1 and 2"));
}

TEST(Det, NeedsSquareMatricesOfAFewRows) {
  EXPECT_EQ(glowplug::testing::import(oneNode("Det", {2, 3})).text,
            "node 0 (Det): needs square matrices, but has shape [2, 3]");
  EXPECT_THAT(glowplug::testing::import(oneNode("Det", {33, 33})).text,
              HasSubstr("matrices of 33 rows are not supported"));
}

TEST(Dft, RefusesSizesThatMakeNoSense) {
  auto error = [](const Sizes &shape, int64_t axis, int64_t length) {
    Model model(17);
    model.input("x", shape);
    model.initializer("n", {}, i64).add_int64_data(length);
    setInt(model.node("DFT", {"x", "n"}, {"y"}), "axis", axis);
    model.output("y");
    return glowplug::testing::import(model).text;
  };
  EXPECT_THAT(error({2, 8, 3}, 1, 8),
              HasSubstr("the last dim needs to be 1 or 2, but is 3"));
  EXPECT_THAT(error({2, 8, 2}, 2, 8), HasSubstr("axis names the last dim"));
  EXPECT_THAT(error({2, 8, 2}, 1, 0),
              HasSubstr("dft_length needs to be at least 1, but got 0"));
  // A prime: there are no passes, and a matrix would be too large.
  EXPECT_THAT(error({2, 8, 2}, 1, 1048583), HasSubstr("it needs tables of"));
}

//===----------------------------------------------------------------------===//
// ai.onnx.ml
//===----------------------------------------------------------------------===//

/// A regressor of one tree: a branch, number 0, and leaves 1 and 2.
struct Tree {
  std::vector<int64_t> yes{1, 0, 0}, no{2, 0, 0}, features{3, 0, 0};
  std::vector<const char *> modes{"BRANCH_LEQ", "LEAF", "LEAF"};
  std::vector<int64_t> weighted{1, 2}, targets{0, 0};

  Outcome import() const {
    Model model(17);
    use(model, "ai.onnx.ml", 3);
    model.input("x", {5, 4});
    onnx::NodeProto &node = model.node("TreeEnsembleRegressor", {"x"}, {"y"});
    node.set_domain("ai.onnx.ml");
    setInts(node, "nodes_treeids", {0, 0, 0});
    setInts(node, "nodes_nodeids", {0, 1, 2});
    setInts(node, "nodes_featureids", features);
    setInts(node, "nodes_truenodeids", yes);
    setInts(node, "nodes_falsenodeids", no);
    setStrings(node, "nodes_modes", modes);
    setFloats(node, "nodes_values", {0.5F, 0, 0});
    setInts(node, "target_treeids", {0, 0});
    setInts(node, "target_nodeids", weighted);
    setInts(node, "target_ids", targets);
    setFloats(node, "target_weights", {1, 2});
    model.output("y");
    return glowplug::testing::import(model);
  }
  std::string error() const { return import().text; }
};

TEST(Trees, RefuseNodesThatMakeNoTree) {
  EXPECT_TRUE(Tree().import().imported);
  EXPECT_THAT((Tree{.yes = {0, 0, 0}}.error()),
              HasSubstr("a branch comes back to itself by node 0"));
  EXPECT_THAT((Tree{.yes = {7, 0, 0}}.error()),
              HasSubstr("there is no node 7 in tree 0"));
  EXPECT_THAT((Tree{.features = {4, 0, 0}}.error()),
              HasSubstr("a branch needs a feature from 0 to 3, but has 4"));
  EXPECT_THAT((Tree{.modes = {"BRANCH_X", "LEAF", "LEAF"}}.error()),
              HasSubstr("mode 'BRANCH_X' of a node is not known"));
  EXPECT_THAT((Tree{.weighted = {0, 2}}.error()),
              HasSubstr("node 0 of tree 0 has a weight, but is no leaf"));
  EXPECT_THAT((Tree{.targets = {0, 1}}.error()),
              HasSubstr("a leaf needs a target from 0 to 0, but has 1"));
  EXPECT_THAT((Tree{.yes = {1, 0}}.error()),
              HasSubstr("nodes_truenodeids needs 3 entries, but has 2"));
}

TEST(Learning, StringsAreRefused) {
  Model model(17);
  use(model, "ai.onnx.ml", 3);
  model.input("x", {5, 2});
  onnx::NodeProto &node = model.node("LinearClassifier", {"x"}, {"l", "y"});
  node.set_domain("ai.onnx.ml");
  setFloats(node, "coefficients", {1, 2, 3, 4});
  setStrings(node, "classlabels_strings", {"a", "b"});
  model.output("y");
  const Outcome outcome = glowplug::testing::import(model);
  EXPECT_EQ(outcome.kind, FaultKind::unsupported);
  EXPECT_THAT(outcome.text, HasSubstr("labels of strings are not supported"));
}

TEST(Learning, ZipMapIsItsTensor) {
  Model model(17);
  use(model, "ai.onnx.ml", 3);
  model.input("x", {5, 2});
  onnx::NodeProto &node = model.node("ZipMap", {"x"}, {"y"});
  node.set_domain("ai.onnx.ml");
  setInts(node, "classlabels_int64s", {0, 1});
  model.output("y");
  auto *map = model.graph.mutable_output(0)
                  ->mutable_type()
                  ->mutable_sequence_type()
                  ->mutable_elem_type()
                  ->mutable_map_type();
  map->set_key_type(i64);
  map->mutable_value_type()->mutable_tensor_type()->set_elem_type(f32);
  const Outcome outcome = glowplug::testing::import(model);
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_EQ(outcome.outputs[0].shape, (llvm::SmallVector<int64_t, 4>{5, 2}));
}

//===----------------------------------------------------------------------===//
// Recurrent networks
//===----------------------------------------------------------------------===//

TEST(Recurrent, LengthsArePerSequence) {
  auto outcome = [](const std::vector<int32_t> &lengths) {
    Model model(14);
    model.input("x", {6, 3, 4}).input("w", {1, 5, 4}).input("r", {1, 5, 5});
    auto &tensor = model.initializer("l", {int64_t(lengths.size())}, i32);
    for (int32_t length : lengths)
      tensor.add_int32_data(length);
    model.node("RNN", {"x", "w", "r", "", "l"}, {"y"});
    model.output("y");
    return glowplug::testing::import(model);
  };
  // Only sequences that end early need a choice between old and new states.
  EXPECT_THAT(outcome({6, 6, 6}).text, Not(HasSubstr("prim.scalar select")));
  EXPECT_THAT(outcome({6, 0, 6}).text, HasSubstr("prim.scalar select"));
  EXPECT_THAT(outcome({6, 7, 6}).text,
              HasSubstr("sequence_lens needs entries from 0 to 6, but has 7"));
  EXPECT_THAT(outcome({6, 6}).text,
              HasSubstr("sequence_lens needs to be i32[3], but is i32[2]"));
}

} // namespace

//===----------------------------------------------------------------------===//
// Resize
//===----------------------------------------------------------------------===//

/// What Resize becomes to \p height times the rows of [1, 3, 4, 6].
static std::string resized(double height, const char *mode) {
  Model model(13);
  model.input("x", {1, 3, 4, 6});
  onnx::TensorProto &scales = model.initializer("s", {4});
  scales.clear_float_data();
  scales.clear_raw_data();
  for (double scale : {1.0, 1.0, height, 2.0})
    scales.add_float_data(static_cast<float>(scale));
  onnx::NodeProto &node = model.node("Resize", {"x", "", "s"}, {"y"});
  auto *attribute = node.add_attribute();
  attribute->set_name("mode");
  attribute->set_type(onnx::AttributeProto::STRING);
  attribute->set_s(mode);
  return import(model.output("y")).text;
}

// Hardware that has no gather repeats elements as it likes.
TEST(Resize, RepeatsAreBroadcasts) {
  const std::string twice = resized(2, "nearest");
  EXPECT_THAT(twice, HasSubstr("prim.broadcast"));
  EXPECT_THAT(twice, Not(HasSubstr("prim.gather")));
  EXPECT_THAT(twice, HasSubstr("tensor<1x3x4x2x6x2xf32>"));
  // Some rows three times, some twice; and what is no repetition.
  EXPECT_THAT(resized(2.5, "nearest"), HasSubstr("prim.gather"));
  EXPECT_THAT(resized(2, "linear"), HasSubstr("prim.gather"));
}
