// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of a model in the place of their calls.

#include "core/importer/onnx/model/Functions.h"
#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::HasSubstr;

namespace {

onnx::NodeProto &addNode(onnx::FunctionProto &function, const char *op,
                         Names inputs, Names outputs) {
  return fill(*function.add_node(), op, inputs, outputs);
}

onnx::FunctionProto &addFunction(Model &model, const char *name, Names inputs,
                                 Names outputs) {
  onnx::FunctionProto &function = *model.proto.add_functions();
  function.set_name(name);
  function.set_domain("local");
  for (const char *input : inputs)
    function.add_input(input);
  for (const char *output : outputs)
    function.add_output(output);
  return function;
}

onnx::NodeProto &call(Model &model, const char *name, Names inputs,
                      Names outputs) {
  onnx::NodeProto &node = model.node(name, inputs, outputs);
  node.set_domain("local");
  return node;
}

/// "Add(x, y) -> z; ..."
std::string
text(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes) {
  std::string result;
  for (const onnx::NodeProto &node : nodes) {
    result += (result.empty() ? "" : "; ") + node.op_type() + "(";
    for (int i = 0; i < node.input_size(); ++i)
      result += (i == 0 ? "" : ", ") + node.input(i);
    result += ") ->";
    for (const std::string &output : node.output())
      result += " " + output;
  }
  return result;
}

/// The nodes after inlining, or the text of the error.
std::string inlined(Model model) {
  if (llvm::Error error = importer::inlineFunctions(model.proto))
    return "error: " + llvm::toString(std::move(error));
  EXPECT_EQ(model.proto.functions_size(), 0);
  return text(model.graph.node());
}

/// f(a, b) = (a + b, a), by way of t.
Model sumModel() {
  Model model;
  model.input("x", {2});
  onnx::FunctionProto &function =
      addFunction(model, "F", {"a", "b"}, {"sum", "a"});
  addNode(function, "Add", {"a", "b"}, {"t"});
  addNode(function, "Neg", {"t"}, {"sum"});
  return model;
}

TEST(Functions, NamesWithinGetTheCallInFront) {
  Model model = sumModel();
  call(model, "F", {"x", "x"}, {"y"}).set_name("first");
  call(model, "F", {"y", "x"}, {"z"});
  EXPECT_EQ(inlined(model), "Add(x, x) -> first/t; Neg(first/t) -> y; "
                            "Add(y, x) -> z/t; Neg(z/t) -> z");
}

TEST(Functions, ResultsMayBeInputsOrLeftOut) {
  Model model = sumModel();
  call(model, "F", {"x", "x"}, {"", "y"}).set_name("f");
  EXPECT_EQ(inlined(model), "Add(x, x) -> f/t; Neg(f/t) -> f/sum; "
                            "Identity(x) -> y");
}

TEST(Functions, AbsentInputsAreAbsentWithin) {
  Model model = sumModel();
  call(model, "F", {"x"}, {"y"}).set_name("f");
  EXPECT_EQ(inlined(model), "Add(x, ) -> f/t; Neg(f/t) -> y");
}

TEST(Functions, CallEachOther) {
  Model model = sumModel();
  onnx::FunctionProto &outer = addFunction(model, "G", {"u"}, {"v"});
  addNode(outer, "F", {"u", "u"}, {"w"}).set_domain("local");
  addNode(outer, "Abs", {"w"}, {"v"});
  call(model, "G", {"x"}, {"y"}).set_name("g");
  EXPECT_EQ(inlined(model), "Add(x, x) -> g/w/t; Neg(g/w/t) -> g/w; "
                            "Abs(g/w) -> y");
}

TEST(Functions, DoNotCallEachOtherInACircle) {
  Model model;
  onnx::FunctionProto &function = addFunction(model, "F", {"a"}, {"b"});
  addNode(function, "F", {"a"}, {"b"}).set_domain("local");
  call(model, "F", {"x"}, {"y"});
  EXPECT_THAT(inlined(model), HasSubstr("or in a circle"));
}

// 2^40 nodes, from 40 functions that each call the next one twice.
TEST(Functions, AreBounded) {
  Model model;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "F" + std::to_string(i),
                      next = "F" + std::to_string(i + 1);
    onnx::FunctionProto &function =
        addFunction(model, name.c_str(), {"a"}, {"b"});
    addNode(function, next.c_str(), {"a"}, {"m"}).set_domain("local");
    addNode(function, next.c_str(), {"m"}, {"b"}).set_domain("local");
  }
  addNode(addFunction(model, "F40", {"a"}, {"b"}), "Abs", {"a"}, {"b"});
  call(model, "F0", {"x"}, {"y"});
  EXPECT_THAT(inlined(model), HasSubstr("more than 100000 nodes"));
}

TEST(Functions, AttributesComeFromTheCallOrTheirDefaults) {
  Model model;
  onnx::FunctionProto &function = addFunction(model, "F", {"a"}, {"b"});
  function.add_attribute("given");
  function.add_attribute("missing");
  onnx::AttributeProto &standard = *function.add_attribute_proto();
  standard.set_name("standard");
  standard.set_type(onnx::AttributeProto::INT);
  standard.set_i(7);
  onnx::NodeProto &node = addNode(function, "Foo", {"a"}, {"b"});
  for (const char *name : {"given", "missing", "standard"}) {
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(std::string("my_") + name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_ref_attr_name(name);
  }
  setInt(call(model, "F", {"x"}, {"y"}), "given", 3);
  ASSERT_EQ(inlined(model), "Foo(x) -> y");
  ASSERT_FALSE(importer::inlineFunctions(model.proto));
  const onnx::NodeProto &made = model.graph.node(0);
  ASSERT_EQ(made.attribute_size(), 2);
  EXPECT_EQ(made.attribute(0).name(), "my_given");
  EXPECT_EQ(made.attribute(0).i(), 3);
  EXPECT_EQ(made.attribute(1).name(), "my_standard");
  EXPECT_EQ(made.attribute(1).i(), 7);
  EXPECT_EQ(made.attribute(1).ref_attr_name(), "");
}

TEST(Functions, ReachIntoGraphsWithinNodes) {
  Model model = sumModel();
  onnx::FunctionProto &function = addFunction(model, "G", {"c", "a"}, {"b"});
  onnx::AttributeProto &attribute =
      *addNode(function, "If", {"c"}, {"b"}).add_attribute();
  attribute.set_name("then_branch");
  attribute.set_type(onnx::AttributeProto::GRAPH);
  fill(*attribute.mutable_g()->add_node(), "F", {"a", "a"}, {"r"})
      .set_domain("local");
  attribute.mutable_g()->add_output()->set_name("r");
  call(model, "G", {"k", "x"}, {"y"}).set_name("g");
  ASSERT_EQ(inlined(model), "If(k) -> y");
  ASSERT_FALSE(importer::inlineFunctions(model.proto));
  const onnx::GraphProto &branch = model.graph.node(0).attribute(0).g();
  EXPECT_EQ(text(branch.node()), "Add(x, x) -> g/r/t; Neg(g/r/t) -> g/r");
  EXPECT_EQ(branch.output(0).name(), "g/r");
}

TEST(Functions, UseTheVersionsOfTheModel) {
  Model model = sumModel();
  call(model, "F", {"x", "x"}, {"y"});
  onnx::OperatorSetIdProto &wanted =
      *model.proto.mutable_functions(0)->add_opset_import();
  wanted.set_version(13);
  EXPECT_EQ(inlined(model), "Add(x, x) -> y/t; Neg(y/t) -> y");
  wanted.set_version(17);
  EXPECT_EQ(inlined(model), "error: function 'F' uses version 17 of operator "
                            "set ai.onnx, but the model uses version 13");
}

TEST(Functions, TakeNoMoreThanTheyDeclare) {
  Model model = sumModel();
  call(model, "F", {"x", "x", "x"}, {"y"});
  EXPECT_EQ(inlined(model),
            "error: node 0 (F): function 'F' takes 2 inputs and gives 2 "
            "outputs, but the node has 3 and 1");
}

TEST(Functions, AreImported) {
  Model model = sumModel();
  model.proto.add_opset_import()->set_domain("local");
  model.proto.mutable_opset_import(1)->set_version(1);
  call(model, "F", {"x", "x"}, {"y", "z"});
  model.output("y").output("z");
  const Outcome outcome = import(model);
  EXPECT_TRUE(outcome.imported) << outcome.text;
}

} // namespace
