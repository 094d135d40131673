// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sequences and optionals: as inputs and outputs of the model, in branches and
// in loops.

#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

/// The type of an input that the model has declared last.
onnx::TypeProto &lastType(Model &model) {
  return *model.graph.mutable_input(model.graph.input_size() - 1)
              ->mutable_type();
}

/// An input like that of Model::input(), but a sequence of such tensors.
void addSequence(Model &model, const char *name, const Sizes &shape) {
  model.input(name, shape);
  onnx::TypeProto &type = lastType(model);
  const onnx::TypeProto element = type;
  *type.mutable_sequence_type()->mutable_elem_type() = element;
}

/// Makes the last input optional.
void makeOptional(Model &model) {
  onnx::TypeProto &type = lastType(model);
  const onnx::TypeProto element = type;
  *type.mutable_optional_type()->mutable_elem_type() = element;
}

/// A model that concatenates the sequence "x" of tensors of \p shape.
Model concat(const Sizes &shape) {
  Model model(18);
  addSequence(model, "x", shape);
  setInt(model.node("ConcatFromSequence", {"x"}, {"y"}), "axis", 0);
  model.output("y");
  return model;
}

ImportOptions sizes(const std::map<std::string, int64_t> &dims) {
  ImportOptions options;
  options.dims = dims;
  return options;
}

std::vector<std::string> namesOf(const std::vector<TensorInfo> &ports) {
  std::vector<std::string> names;
  for (const TensorInfo &port : ports)
    names.push_back(port.name);
  return names;
}

onnx::GraphProto &addGraph(onnx::NodeProto &node, const char *name) {
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::GRAPH);
  attribute.mutable_g()->set_name(name);
  return *attribute.mutable_g();
}

/// A model with a loop of "n" steps that inserts "x" into the sequence that it
/// carries.
Model appendingLoop() {
  Model model(18);
  model.input("x", {2});
  model.input("n", {}, onnx::TensorProto::INT64);
  model.node("SequenceEmpty", {}, {"none"});
  onnx::NodeProto &loop = model.node("Loop", {"n", "", "none"}, {"all"});
  onnx::GraphProto &body = addGraph(loop, "body");
  for (const char *name : {"i", "before", "sequence"})
    body.add_input()->set_name(name);
  fill(*body.add_node(), "Identity", {"before"}, {"goes_on"});
  fill(*body.add_node(), "SequenceInsert", {"sequence", "x"}, {"longer"});
  for (const char *name : {"goes_on", "longer"})
    body.add_output()->set_name(name);
  model.output("all");
  return model;
}

/// A model whose "c" chooses between a sequence of \p one and one of \p other
/// tensors.
Model choice(int one, int other) {
  Model model(18);
  model.input("x", {2});
  model.input("c", {}, onnx::TensorProto::BOOL);
  onnx::NodeProto &node = model.node("If", {"c"}, {"y"});
  for (auto [name, count] :
       {std::pair("then_branch", one), std::pair("else_branch", other)}) {
    onnx::GraphProto &branch = addGraph(node, name);
    const std::string result = std::string(name) + ".y";
    onnx::NodeProto &made =
        fill(*branch.add_node(), "SequenceConstruct", {}, {result.c_str()});
    for (int i = 0; i < count; ++i)
      made.add_input("x");
    branch.add_output()->set_name(result);
  }
  model.output("y");
  return model;
}

/// The message of a model with one node that reads the sequence "x".
std::string messageOf(const char *op, Names inputs) {
  Model model = concat({1});
  model.node(op, inputs, {"z"});
  model.output("z");
  return import(model, sizes({{"x:length", 2}})).text;
}

} // namespace

TEST(Sequences, EachElementIsAnInput) {
  const Outcome result =
      import(concat({-1}), sizes({{"x:length", 3}, {"N", 4}}));
  ASSERT_TRUE(result.imported) << result.text;
  EXPECT_THAT(namesOf(result.inputs), ElementsAre("x[0]", "x[1]", "x[2]"));
  EXPECT_THAT(result.inputs[2].shape, ElementsAre(4));
  EXPECT_THAT(result.outputs[0].shape, ElementsAre(12));
}

TEST(Sequences, ElementsMayHaveSizesOfTheirOwn) {
  const Outcome result =
      import(concat({-1}), sizes({{"x:length", 2}, {"N", 4}, {"x[1]:0", 7}}));
  ASSERT_TRUE(result.imported) << result.text;
  EXPECT_THAT(result.inputs[0].shape, ElementsAre(4));
  EXPECT_THAT(result.inputs[1].shape, ElementsAre(7));
}

TEST(Sequences, WhatIsMissingIsNamed) {
  const Outcome length = import(concat({-1}));
  EXPECT_EQ(length.kind, FaultKind::usage);
  EXPECT_THAT(length.text, HasSubstr("a size for dimension 'x:length' of input "
                                     "'x', but got none"));
  EXPECT_THAT(length.setting.names, ElementsAre("x:length"));
  const Outcome size = import(concat({-1}), sizes({{"x:length", 2}}));
  EXPECT_THAT(size.setting.names, ElementsAre("N"));
  const Outcome unknown =
      import(concat({2}), sizes({{"x:length", 2}, {"x[2]:0", 2}}));
  EXPECT_THAT(unknown.text, HasSubstr("no input has a dimension 'x[2]:0'"));
}

TEST(Sequences, LengthsAreLimited) {
  EXPECT_THAT(
      import(concat({1}), sizes({{"x:length", 4097}})).text,
      HasSubstr("dimension 'x:length' needs a size of at most 4096, but "
                "got 4097"));
  EXPECT_THAT(import(concat({1}), sizes({{"x:length", -1}})).text,
              HasSubstr("needs a size of at least 0, but got -1"));
  EXPECT_TRUE(import(concat({1}), sizes({{"x:length", 4096}})).imported);
}

TEST(Sequences, ElementsAreBoundOneByOne) {
  ImportOptions options = sizes({{"x:length", 2}, {"N", 3}});
  options.bindings["x[0]"] = llvm::cantFail(Tensor::zeros(DType::f32, {5}));
  const Outcome result = import(concat({-1}), options);
  ASSERT_TRUE(result.imported) << result.text;
  EXPECT_THAT(namesOf(result.inputs), ElementsAre("x[1]"));
  ASSERT_EQ(result.bound.size(), 1u);
  EXPECT_EQ(result.bound[0].info.name, "x[0]");
  EXPECT_THAT(result.outputs[0].shape, ElementsAre(8));
}

TEST(Sequences, NamesOfElementsAreNobodyElses) {
  Model model = concat({1});
  model.input("x[0]", {1});
  EXPECT_THAT(import(model, sizes({{"x:length", 1}})).text,
              HasSubstr("there is another input 'x[0]'"));
  EXPECT_THAT(import(model, sizes({{"x:length", 0}})).text,
              HasSubstr("the sequence is empty"));
}

TEST(Sequences, EachElementIsAnOutput) {
  Model model(18);
  model.input("a", {2}).input("b", {3});
  model.node("SequenceConstruct", {"a", "b"}, {"y"});
  model.output("y");
  const Outcome result = import(model);
  ASSERT_TRUE(result.imported) << result.text;
  EXPECT_THAT(namesOf(result.outputs), ElementsAre("y[0]", "y[1]"));
  EXPECT_THAT(result.outputs[1].shape, ElementsAre(3));
}

TEST(Sequences, OutputsAreWhatTheyAreDeclaredAs) {
  Model model(18);
  model.input("a", {2});
  model.node("SequenceConstruct", {"a"}, {"y"});
  auto &tensor =
      *model.graph.add_output()->mutable_type()->mutable_tensor_type();
  model.graph.mutable_output(0)->set_name("y");
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  EXPECT_THAT(import(model).text,
              HasSubstr("output 'y': it is declared as a tensor, but its value "
                        "is a sequence"));
}

TEST(Sequences, AModelNeedsAnOutput) {
  Model model(18);
  model.input("a", {2});
  model.node("SequenceEmpty", {}, {"y"});
  model.output("y");
  const Outcome result = import(model);
  EXPECT_EQ(result.kind, FaultKind::unsupported);
  EXPECT_THAT(result.text, HasSubstr("no output of the model holds a tensor"));
}

TEST(Sequences, MapsGiveSeveral) {
  Model model(18);
  addSequence(model, "x", {2});
  onnx::NodeProto &map = model.node("SequenceMap", {"x"}, {"a", "b"});
  onnx::GraphProto &body = addGraph(map, "body");
  body.add_input()->set_name("e");
  fill(*body.add_node(), "Abs", {"e"}, {"p"});
  fill(*body.add_node(), "Neg", {"e"}, {"q"});
  for (const char *name : {"p", "q"})
    body.add_output()->set_name(name);
  model.output("a").output("b");
  const Outcome result = import(model, sizes({{"x:length", 2}}));
  ASSERT_TRUE(result.imported) << result.text;
  EXPECT_THAT(namesOf(result.outputs),
              ElementsAre("a[0]", "a[1]", "b[0]", "b[1]"));
}

TEST(Sequences, ShortLoopsCarryThem) {
  ImportOptions options;
  options.bindings["n"] = Tensor::scalar<int64_t>(3);
  const Outcome result = import(appendingLoop(), options);
  ASSERT_TRUE(result.imported) << result.text;
  EXPECT_THAT(namesOf(result.outputs),
              ElementsAre("all[0]", "all[1]", "all[2]"));
}

TEST(Sequences, ALoopAsksForItsSteps) {
  const Outcome result = import(appendingLoop());
  EXPECT_EQ(result.kind, FaultKind::usage);
  EXPECT_THAT(result.text, HasSubstr("it carries a sequence"));
  EXPECT_THAT(result.setting.names, ElementsAre("n"));
}

TEST(Sequences, BranchesGiveOnesOfEqualLength) {
  const Outcome result = import(choice(2, 2));
  ASSERT_TRUE(result.imported) << result.text;
  EXPECT_THAT(result.text, HasSubstr("prim.if"));
  EXPECT_THAT(namesOf(result.outputs), ElementsAre("y[0]", "y[1]"));
}

TEST(Sequences, OtherBranchesAskForTheCondition) {
  const Outcome result = import(choice(2, 3));
  EXPECT_EQ(result.kind, FaultKind::usage);
  EXPECT_THAT(result.text,
              HasSubstr("its branches give a sequence of 2 tensors and a "
                        "sequence of 3 tensors"));
  EXPECT_THAT(result.setting.names, ElementsAre("c"));
  ImportOptions options;
  options.offers["c"] = llvm::cantFail(Tensor::zeros(DType::boolean, {}));
  EXPECT_THAT(namesOf(import(choice(2, 3), options).outputs),
              ElementsAre("y[0]", "y[1]", "y[2]"));
}

TEST(Sequences, AreRefusedInThePlaceOfTensors) {
  EXPECT_THAT(messageOf("Neg", {"x"}), HasSubstr("input 'x' is a sequence"));
  EXPECT_THAT(messageOf("SequenceInsert", {"x", "x"}),
              HasSubstr("input 1 ('x') is a sequence; tensors are supported"));
  EXPECT_THAT(messageOf("SequenceAt", {"x", "x"}),
              HasSubstr("input 1 ('position' = 'x') has to be known at compile "
                        "time, but it is no tensor"));
  EXPECT_THAT(messageOf("SequenceConstruct", {"x"}),
              HasSubstr("input 0 ('x') is a sequence; tensors are supported"));
  Model model = appendingLoop();
  model.graph.mutable_node(1)->set_input(0, "none");
  EXPECT_THAT(
      import(model).text,
      HasSubstr("input 0 ('none') is a sequence; tensors are supported"));
}

TEST(Optionals, MayBeLeftOut) {
  Model model(18);
  model.input("x", {2});
  makeOptional(model);
  model.input("z", {2});
  model.node("OptionalHasElement", {"x"}, {"has"});
  onnx::NodeProto &node = model.node("If", {"has"}, {"y"});
  fill(*addGraph(node, "then_branch").add_node(), "OptionalGetElement", {"x"},
       {"a"});
  fill(*addGraph(node, "else_branch").add_node(), "Neg", {"z"}, {"b"});
  node.mutable_attribute(0)->mutable_g()->add_output()->set_name("a");
  node.mutable_attribute(1)->mutable_g()->add_output()->set_name("b");
  model.output("y");
  const Outcome there = import(model);
  ASSERT_TRUE(there.imported) << there.text;
  EXPECT_THAT(namesOf(there.inputs), ElementsAre("x", "z"));
  const Outcome gone = import(model, sizes({{"x:present", 0}}));
  ASSERT_TRUE(gone.imported) << gone.text;
  EXPECT_THAT(namesOf(gone.inputs), ElementsAre("z"));
  EXPECT_THAT(gone.text, HasSubstr("neg"));
  EXPECT_THAT(import(model, sizes({{"x:present", 2}})).text,
              HasSubstr("'x:present' needs to be 0 or 1, but got 2"));
}

TEST(Optionals, AreMissedByOperatorsThatNeedThem) {
  Model model(18);
  model.input("x", {2});
  makeOptional(model);
  model.node("OptionalGetElement", {"x"}, {"y"});
  model.output("y");
  EXPECT_THAT(import(model, sizes({{"x:present", 0}})).text,
              HasSubstr("input 0 is an optional without a value"));
  Model other(18);
  other.input("x", {2});
  makeOptional(other);
  other.node("Neg", {"x"}, {"y"});
  other.output("y");
  EXPECT_THAT(import(other, sizes({{"x:present", 0}})).text,
              HasSubstr("input 0 is missing"));
}

TEST(Shapes, ARankCanBeGiven) {
  Model model = oneNode("Relu", {2});
  lastType(model).mutable_tensor_type()->clear_shape();
  const Outcome unknown = import(model);
  EXPECT_THAT(unknown.setting.names, ElementsAre("x:rank"));
  const Outcome result =
      import(model, sizes({{"x:rank", 2}, {"x:0", 3}, {"x:1", 4}}));
  ASSERT_TRUE(result.imported) << result.text;
  EXPECT_THAT(result.inputs[0].shape, ElementsAre(3, 4));
  EXPECT_THAT(import(model, sizes({{"x:rank", 9}})).text,
              HasSubstr("needs a size of at most 8, but got 9"));
  ImportOptions options;
  options.bindings["x"] = llvm::cantFail(Tensor::zeros(DType::f32, {5}));
  EXPECT_THAT(import(model, options).outputs[0].shape, ElementsAre(5));
}
