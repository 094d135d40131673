// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model declares and uses, without an import.

#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

ImportSummary summaryOf(const Model &model) {
  const std::string bytes = model.bytes();
  const llvm::ArrayRef<uint8_t> view(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  return llvm::cantFail(summariseModel({"test", view}));
}

} // namespace

TEST(Summary, HasPortsAndOperators) {
  Model model = oneNode("Relu", {-1, 3});
  model.graph.mutable_node(0)->set_output(0, "a");
  model.node("Relu", {"a"}, {"b"});
  model.node("Abs", {"b"}, {"y"});
  const ImportSummary summary = summaryOf(model);
  ASSERT_EQ(summary.inputs.size(), 1u);
  EXPECT_THAT(summary.inputs[0].dimNames, ElementsAre("N", ""));
  ASSERT_EQ(summary.outputs.size(), 1u);
  EXPECT_EQ(summary.outputs[0].info.name, "y");
  const auto &uses = summary.operators.operators;
  ASSERT_EQ(uses.size(), 2u);
  EXPECT_EQ(uses[0].name, "ai.onnx.Abs");
  EXPECT_EQ(uses[1].nodes, 2u);
  EXPECT_EQ(uses[1].version, 13);
  EXPECT_THAT(summary.operators.unsupported, IsEmpty());
  EXPECT_THAT(summary.operators.problems, IsEmpty());
}

TEST(Summary, LooksIntoBodies) {
  Model model(13);
  model.input("x", {2});
  auto &inner = *model.node("If", {"x"}, {"y"}).add_attribute();
  model.output("y");
  inner.set_name("then_branch");
  inner.set_type(onnx::AttributeProto::GRAPH);
  inner.mutable_g()->add_node()->set_op_type("Abs");
  inner.mutable_g()->add_node()->set_op_type("NoSuchOp");
  const OperatorSummary found = summaryOf(model).operators;
  ASSERT_EQ(found.operators.size(), 3u);
  ASSERT_FALSE(found.unsupported.empty());
  EXPECT_EQ(found.unsupported.back().name, "ai.onnx.NoSuchOp");
  EXPECT_EQ(found.unsupported.back().node,
            "node 1 (NoSuchOp) in 'then_branch' of node 0 (If)");
}

TEST(Summary, ProblemsAreNoFaults) {
  Model model = oneNode("Relu", {2});
  model.proto.mutable_opset_import(0)->set_version(1000);
  model.input("text", {2}, onnx::TensorProto::STRING);
  const ImportSummary summary = summaryOf(model);
  EXPECT_THAT(summary.operators.problems,
              ElementsAre(HasSubstr("version 1000"), HasSubstr("'text'")));
  ASSERT_EQ(summary.inputs.size(), 2u);
  EXPECT_EQ(summary.inputs[1].info.dtype, DType::none);
}

TEST(Summary, ADimOfMinus1IsUnknown) {
  Model model = oneNode("Relu", {2, 3});
  auto &dim = *model.graph.mutable_input(0)
                   ->mutable_type()
                   ->mutable_tensor_type()
                   ->mutable_shape()
                   ->mutable_dim(1);
  dim.set_dim_value(-1);
  EXPECT_THAT(summaryOf(model).inputs[0].dimNames, ElementsAre("", "x:1"));
  ImportOptions options;
  options.dims["x:1"] = 5;
  EXPECT_TRUE(import(model, options).imported);
  EXPECT_THAT(import(model).text, HasSubstr("'x:1' of input 'x'"));
  dim.set_dim_value(-2);
  EXPECT_THAT(import(model, options).text,
              HasSubstr("dim 1 needs to be at least 0, or -1, but got -2"));
}

TEST(Summary, SequencesOptionalsAndMapsAreNoProblem) {
  Model model = oneNode("Relu", {2});
  model.input("s", {-1});
  auto &type = *model.graph.mutable_input(1)->mutable_type();
  const onnx::TypeProto element = type;
  *type.mutable_sequence_type()->mutable_elem_type() = element;
  const onnx::TypeProto sequence = type;
  *type.mutable_optional_type()->mutable_elem_type() = sequence;
  model.output("maps");
  model.graph.mutable_output(1)
      ->mutable_type()
      ->mutable_sequence_type()
      ->mutable_elem_type()
      ->mutable_map_type();
  const ImportSummary summary = summaryOf(model);
  EXPECT_THAT(summary.operators.problems, IsEmpty());
  EXPECT_TRUE(summary.inputs[1].isSequence && summary.inputs[1].isOptional);
  EXPECT_THAT(summary.inputs[1].dimNames, ElementsAre("N"));
}
