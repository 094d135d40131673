// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names, inputs, outputs and options; and what is said when they are wrong.

#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::HasSubstr;
using Kind = FaultKind;

namespace {

TEST(Graph, NamesInterfaceAndLocations) {
  Model model = oneNode("Relu", {2, 3});
  model.graph.mutable_node(0)->set_name("act");
  const Outcome outcome = import(model);
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_THAT(outcome.text, HasSubstr("func.func @main"));
  EXPECT_THAT(outcome.text,
              HasSubstr("%arg0: tensor<2x3xf32> {glowplug.name = \"x\"}"));
  EXPECT_THAT(outcome.text,
              HasSubstr("(tensor<2x3xf32> {glowplug.name = \"y\"})"));
  ASSERT_EQ(outcome.inputs.size(), 1u);
  EXPECT_EQ(outcome.inputs[0].name, "x");
  EXPECT_EQ(outcome.inputs[0].dtype, DType::f32);
  EXPECT_EQ(outcome.outputs[0].name, "y");
}

TEST(Graph, SymbolicDimsNeedSizes) {
  const Model model = oneNode("Relu", {-1, 3});
  const Outcome without = import(model);
  EXPECT_EQ(without.kind, Kind::usage);
  EXPECT_EQ(without.text, "the model needs a size for dimension 'N' of input "
                          "'x', but got none");
  EXPECT_EQ(without.setting.kind, SettingKind::dim);
  EXPECT_EQ(without.setting.names, std::vector<std::string>{"N"});

  ImportOptions options;
  options.dims["N"] = 4;
  const Outcome with = import(model, options);
  ASSERT_TRUE(with.imported) << with.text;
  EXPECT_EQ(with.inputs[0].shape, (llvm::SmallVector<int64_t>{4, 3}));

  options.dims["Q"] = 1;
  EXPECT_EQ(import(model, options).text,
            "no input has a dimension 'Q', which was given a size");
  EXPECT_EQ(import(model, options).kind, Kind::usage);
  options.dims = {{"N", -1}};
  EXPECT_EQ(import(model, options).text,
            "dimension 'N' needs a size of at least 0, but got -1");
}

TEST(Graph, AllMissingSizesAreAskedForAtOnce) {
  Model model = oneNode("Relu", {-1, 3, -2});
  model.input("z", {-1, 4});
  const Outcome outcome = import(model);
  EXPECT_EQ(outcome.text, "the model needs sizes for dimension 'N' of input "
                          "'x', 'M' of input 'x', but got none");
  EXPECT_EQ(outcome.setting.names, (std::vector<std::string>{"N", "M"}));
}

/// A dim that a converter calls "?" is one of its own, like one without a name.
TEST(Graph, DimsOfTheNameQuestionMarkAreDifferent) {
  Model model = oneNode("Relu", {-1, 3, -1});
  for (auto &dim : *model.graph.mutable_input(0)
                        ->mutable_type()
                        ->mutable_tensor_type()
                        ->mutable_shape()
                        ->mutable_dim())
    if (dim.has_dim_param())
      dim.set_dim_param("?");
  EXPECT_EQ(import(model).setting.names,
            (std::vector<std::string>{"x:0", "x:2"}));
  ImportOptions options;
  options.dims = {{"x:0", 4}, {"x:2", 5}};
  const Outcome outcome = import(model, options);
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_EQ(outcome.inputs[0].shape, (llvm::SmallVector<int64_t>{4, 3, 5}));
}

TEST(Graph, PositionsOfBoundInputsCountNoConstants) {
  Model model;
  model.input("w", {2}).input("s", {1}, onnx::TensorProto::INT64);
  model.input("x", {2});
  onnx::TensorProto &weights = model.initializer("w", {2});
  weights.add_float_data(1);
  weights.add_float_data(2);
  model.node("Add", {"x", "w"}, {"y"});
  model.output("y");
  ImportOptions options;
  options.bindings["s"] = Tensor::of<int64_t>({1}, {3});
  const Outcome outcome = import(model, options);
  ASSERT_TRUE(outcome.imported) << outcome.text;
  ASSERT_EQ(outcome.bound.size(), 1u);
  EXPECT_EQ(outcome.bound[0].position, 0u);
}

TEST(Graph, UnnamedDimsAreAddressedByPlace) {
  Model model = oneNode("Relu", {2, 3});
  model.graph.mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(1)
      ->clear_value();
  EXPECT_THAT(import(model).text, HasSubstr("'x:1' of input 'x'"));
  ImportOptions options;
  options.dims["x:1"] = 5;
  EXPECT_TRUE(import(model, options).imported);
}

/// Reshapes x by the shape in input s.
Model reshapeByInput() {
  Model model;
  model.input("x", {2, 3}).input("s", {2}, onnx::TensorProto::INT64);
  model.node("Reshape", {"x", "s"}, {"y"}).set_name("r");
  model.output("y");
  return model;
}

TEST(Graph, InputsThatDetermineShapesAreBound) {
  const Outcome without = import(reshapeByInput());
  EXPECT_EQ(without.kind, Kind::usage);
  EXPECT_EQ(without.text,
            "node 'r' (Reshape): input 1 ('shape' = 's') has to be known at "
            "compile time, but it depends on input 's', whose value is not "
            "given");
  EXPECT_EQ(without.setting.kind, SettingKind::binding);
  EXPECT_EQ(without.setting.names, std::vector<std::string>{"s"});

  ImportOptions options;
  options.bindings["s"] = Tensor::of<int64_t>({2}, {3, 2});
  const Outcome with = import(reshapeByInput(), options);
  ASSERT_TRUE(with.imported) << with.text;
  EXPECT_EQ(with.outputs[0].shape, (llvm::SmallVector<int64_t>{3, 2}));
  ASSERT_EQ(with.inputs.size(), 1u);
  ASSERT_EQ(with.bound.size(), 1u);
  EXPECT_EQ(with.bound[0].info.name, "s");
  EXPECT_EQ(with.bound[0].position, 1u);
}

TEST(Graph, OffersAreTakenOnlyWhereNeeded) {
  ImportOptions options;
  options.offers["s"] = Tensor::of<int64_t>({2}, {1, 6});
  options.offers["x"] = Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Outcome outcome = import(reshapeByInput(), options);
  ASSERT_TRUE(outcome.imported) << outcome.text;
  ASSERT_EQ(outcome.bound.size(), 1u);
  EXPECT_EQ(outcome.bound[0].info.name, "s");
}

TEST(Graph, BindingsHaveToFit) {
  ImportOptions options;
  options.bindings["s"] = Tensor::of<int64_t>({3}, {3, 2, 1});
  EXPECT_EQ(import(reshapeByInput(), options).text,
            "input 's' needs a value of type i64[2], but got i64[3]");
  EXPECT_EQ(import(reshapeByInput(), options).kind, Kind::usage);
  options.bindings = {{"t", Tensor::scalar<int64_t>(1)}};
  EXPECT_EQ(import(reshapeByInput(), options).text,
            "the model has no input 't', which was given a value");
}

TEST(Graph, ShapesThatOtherNodesComputeAreEvaluated) {
  Model model;
  model.input("x", {2, 3, 4});
  model.node("Shape", {"x"}, {"shape"});
  model.ints("first", {0}).ints("rest", {-1});
  model.node("Gather", {"shape", "first"}, {"batch"});
  setInt(model.node("Concat", {"batch", "rest"}, {"target"}), "axis", 0);
  model.node("Reshape", {"x", "target"}, {"y"});
  model.output("y");
  const Outcome outcome = import(model);
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_EQ(outcome.outputs[0].shape, (llvm::SmallVector<int64_t>{2, 12}));
}

TEST(Graph, InitializersThatAreInputsAreConstants) {
  Model model;
  model.input("x", {2}).input("c", {2});
  model.initializer("c", {2}).add_float_data(1);
  model.graph.mutable_initializer(0)->add_float_data(2);
  model.node("Add", {"x", "c"}, {"y"});
  model.output("y");
  const Outcome outcome = import(model);
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_EQ(outcome.inputs.size(), 1u);

  model.graph.mutable_input(1)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_value(3);
  EXPECT_EQ(import(model).text, "input 'c': it is declared as f32[3], but its "
                                "initializer is float[2]");
}

TEST(Graph, NamesHaveToBeDefinedOnce) {
  Model undefined = oneNode("Relu", {2});
  undefined.graph.mutable_node(0)->set_input(0, "z");
  EXPECT_EQ(import(undefined).text, "node 0 (Relu): 'z' is not defined");

  Model twice = oneNode("Relu", {2});
  twice.node("Abs", {"x"}, {"y"});
  EXPECT_EQ(import(twice).text, "node 1 (Abs): 'y' is defined twice");

  Model missing = oneNode("Relu", {2});
  missing.output("z");
  EXPECT_EQ(import(missing).text, "output 'z': 'z' is not defined");

  Model none = oneNode("Relu", {2});
  none.graph.clear_output();
  EXPECT_EQ(import(none).text, "the model has no output");
}

TEST(Graph, DeclaredTypesOfOutputsHaveToAgree) {
  Model model = oneNode("Relu", {2, 3});
  auto &type =
      *model.graph.mutable_output(0)->mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::DOUBLE);
  EXPECT_EQ(import(model).text,
            "output 'y': it is declared as f64[], but its value is f32[2,3]");
}

TEST(Graph, FalseShapesOfOutputsAreWarnings) {
  Model model = oneNode("Relu", {2, 3});
  auto &type =
      *model.graph.mutable_output(0)->mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  EXPECT_THAT(import(model).warnings, ::testing::IsEmpty());
  type.mutable_shape()->add_dim()->set_dim_param("anything");
  type.mutable_shape()->add_dim()->set_dim_value(4);
  const Outcome outcome = import(model);
  EXPECT_TRUE(outcome.imported) << outcome.text;
  EXPECT_THAT(outcome.warnings, ::testing::ElementsAre(
                                    "output 'y': it is declared as f32[-1, 4], "
                                    "but its value is f32[2,3]"));
}

TEST(Graph, AllUnsupportedOperatorsAreReportedAtOnce) {
  Model model(12);
  model.input("x", {2});
  model.node("Foo", {"x"}, {"a"}).set_name("one");
  model.node("HardSwish", {"a"}, {"b"});
  model.node("Multinomial", {"b"}, {"c"}).set_domain("ai.onnx");
  model.node("Bar", {"c"}, {"y"}).set_domain("com.example");
  model.output("y");
  const Outcome outcome = import(model);
  EXPECT_EQ(outcome.kind, Kind::unsupported);
  EXPECT_EQ(outcome.text,
            "4 nodes are not supported:\n"
            "  node 'one' (Foo): ai.onnx.Foo in opset 12: no version of it is "
            "supported\n"
            "  node 1 (HardSwish): ai.onnx.HardSwish in opset 12: it is "
            "supported from version 14 on\n"
            "  node 2 (Multinomial): ai.onnx.Multinomial in opset 12: its "
            "result is random; it has no reference\n"
            "  node 3 (Bar): com.example.Bar in opset 0: the model imports no "
            "version of its operator set");
}

/// An If on \p condition, whose else branch holds an unknown operator.
static Model hiddenBranch(const char *condition) {
  Model model(16);
  model.input("x", {2});
  onnx::ValueInfoProto &c = *model.graph.add_input();
  c.set_name("c");
  c.mutable_type()->mutable_tensor_type()->set_elem_type(
      onnx::TensorProto::BOOL);
  c.mutable_type()->mutable_tensor_type()->mutable_shape();
  onnx::TensorProto &yes = *model.graph.add_initializer();
  yes.set_name("yes");
  yes.set_data_type(onnx::TensorProto::BOOL);
  yes.add_int32_data(1);
  onnx::NodeProto &node = model.node("If", {condition}, {"y"});
  for (const char *name : {"then_branch", "else_branch"}) {
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    onnx::GraphProto &branch = *attribute.mutable_g();
    branch.set_name(name);
    fill(*branch.add_node(), name[0] == 't' ? "Neg" : "Foo", {"x"}, {"z"});
    branch.add_output()->set_name("z");
  }
  model.output("y");
  return model;
}

// What is not supported only matters in a branch that may be taken.
TEST(Graph, BranchesAreReportedWhenTheyAreNeeded) {
  EXPECT_TRUE(import(hiddenBranch("yes")).imported);
  const Outcome outcome = import(hiddenBranch("c"));
  EXPECT_EQ(outcome.kind, Kind::usage);
  EXPECT_THAT(outcome.text, HasSubstr("node 0 (Foo): ai.onnx.Foo in opset 16"));
  EXPECT_THAT(outcome.text,
              HasSubstr("; another branch would do if the condition were known "
                        "at compile time, but it depends on input 'c', whose "
                        "value is not given"));
  EXPECT_EQ(outcome.setting.names, std::vector<std::string>{"c"});
  ImportOptions offer; // as a run has it, which knows the values of inputs
  offer.offers["c"] = Tensor::scalar(Boolean(true));
  EXPECT_TRUE(import(hiddenBranch("c"), offer).imported);
  // Where something else stops the import, all is reported.
  Model model = hiddenBranch("c");
  model.node("Bar", {"x"}, {"w"});
  EXPECT_THAT(import(model).text,
              HasSubstr("2 nodes are not supported:\n  node 0 (Foo) in "
                        "'else_branch' of node 0 (If): ai.onnx.Foo"));
}

TEST(Graph, OutputsBeyondTheSupportedOnesAreReported) {
  Model model = oneNode("LRN", {1, 1, 4});
  setInt(*model.graph.mutable_node(0), "size", 1);
  EXPECT_TRUE(import(model).imported);
  model.graph.mutable_node(0)->add_output(""); // absent
  EXPECT_TRUE(import(model).imported);
  model.graph.mutable_node(0)->set_output(1, "more");
  EXPECT_THAT(import(model).text,
              HasSubstr("ai.onnx.LRN in opset 13: output 1 is not supported; "
                        "it is supported with 1 output"));
}

TEST(Graph, VersionsOfFormatAndOperatorSet) {
  Model model = oneNode("Relu", {2});
  for (int64_t version : {0, -1, 2, 1 << 30}) {
    model.proto.set_ir_version(version);
    EXPECT_THAT(import(model).text, HasSubstr("format version"));
  }
  EXPECT_TRUE(import(oneNode("Relu", {2}, 28)).imported);
  EXPECT_THAT(import(oneNode("Relu", {2}, 29)).text,
              HasSubstr("the newest that is known is 28"));
  EXPECT_THAT(import(oneNode("Relu", {2}, 0)).text, HasSubstr("version 0"));
  model.proto.set_ir_version(8);
  model.proto.add_opset_import()->set_domain("ai.onnx");
  model.proto.mutable_opset_import(1)->set_version(13);
  EXPECT_THAT(import(model).text, HasSubstr("twice"));
  model.proto.clear_opset_import();
  EXPECT_THAT(import(model).text, HasSubstr("imports no operator set"));
}

} // namespace
