// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every name in a quantised model belongs to one thing, and every node stands
// after what it reads: readers such as ONNX Runtime insist on that.

#include "core/quantize/ptq/Quantize.h"
#include "tests/unit/quantize/ptq/ModelBuilder.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

/// Names that are given out, and those given out twice.
struct Ledger {
  std::set<std::string> known, twice;
  void add(const std::string &name) {
    if (!name.empty() && !known.insert(name).second)
      twice.insert(name);
  }
};

/// Gives out the names of nodes and values of \p graph and of its subgraphs;
/// collects names in \p unmade that are read before they are made.
void walk(const onnx::GraphProto &graph, Ledger &nodes, Ledger &values,
          std::set<std::string> &unmade) {
  for (const onnx::TensorProto &tensor : graph.initializer())
    values.add(tensor.name());
  for (const onnx::ValueInfoProto &input : graph.input())
    values.add(input.name());
  for (const onnx::NodeProto &node : graph.node()) {
    nodes.add(node.name());
    for (const std::string &name : node.input())
      if (!name.empty() && !values.known.count(name))
        unmade.insert(name);
    for (const onnx::AttributeProto &attribute : node.attribute())
      if (attribute.has_g())
        walk(attribute.g(), nodes, values, unmade);
    for (const std::string &name : node.output())
      values.add(name);
  }
  for (const onnx::ValueInfoProto &output : graph.output())
    if (!values.known.count(output.name()))
      unmade.insert(output.name());
}

using Strings = std::set<std::string>;

void expectWellFormed(const onnx::ModelProto &model) {
  Ledger nodes, values, keys;
  Strings unmade;
  walk(model.graph(), nodes, values, unmade);
  EXPECT_EQ(nodes.twice, Strings());
  EXPECT_EQ(values.twice, Strings());
  EXPECT_EQ(unmade, Strings());
  for (const auto &entry : model.metadata_props())
    keys.add(entry.key());
  EXPECT_EQ(keys.twice, Strings());
  std::map<std::string, int> constants;
  for (const onnx::TensorProto &tensor : model.graph().initializer())
    constants[tensor.name()] = tensor.data_type();
  for (const onnx::NodeProto &node : model.graph().node()) {
    if (!isOp(&node, "QuantizeLinear") && !isOp(&node, "DequantizeLinear"))
      continue;
    EXPECT_EQ(constants[node.input(1)], onnx::TensorProto::FLOAT)
        << node.name();
    for (int i = 2; i < node.input_size(); ++i)
      EXPECT_TRUE(constants.count(node.input(i))) << node.name();
  }
}

/// Two convolutions that share weights and bias.
ModelBuilder shared() {
  ModelBuilder b;
  b.input("x", {1, 4, 3, 3}).output("y");
  b.random("w", {4, 4, 1, 1}).random("b", {4});
  b.node("Conv", {"x", "w", "b"}, "c");
  b.node("Relu", {"c"}, "r");
  b.node("Conv", {"r", "w", "b"}, "d");
  b.random("k", {4});
  b.node("Add", {"d", "k"}, "e");
  b.node("Add", {"e", "k"}, "y");
  return b;
}

const Profile &profileOfShared() {
  static const Profile profile =
      ptq::profileOf(llvm::cantFail(OnnxGraph::adopt(shared().model)),
                     {{{"x", randomValues({1, 4, 3, 3}, 5)}},
                      {{"x", randomValues({1, 4, 3, 3}, 6)}}});
  return profile;
}

onnx::ModelProto quantized(const ModelBuilder &b,
                           const QuantizeOptions &options = {}) {
  onnx::ModelProto model;
  model.ParseFromString(
      llvm::cantFail(quantizeModel(b.model, profileOfShared(), options)).bytes);
  return model;
}

std::set<std::string> integerNodes(const onnx::ModelProto &model) {
  std::set<std::string> names;
  for (const onnx::NodeProto &node : model.graph().node())
    if (isOp(&node, "QuantizeLinear") || isOp(&node, "DequantizeLinear"))
      names.insert(node.name());
  return names;
}

TEST(NamesTest, NodesThatReadOneConstantHaveNamesOfTheirOwn) {
  for (bool perChannel : {true, false})
    for (bool equalize : {true, false}) {
      QuantizeOptions options;
      options.perChannel = perChannel;
      options.equalize = equalize;
      expectWellFormed(quantized(shared(), options));
    }
}

TEST(NamesTest, WhatIsInventedKeepsOffTheNamesOfTheModel) {
  const onnx::ModelProto plain = quantized(shared());
  // A model in which every invented name is there already: of nodes, of
  // values, and of constants; outside and in a subgraph.
  for (bool inside : {false, true}) {
    ModelBuilder b = shared();
    onnx::GraphProto &graph = *b.model.mutable_graph();
    onnx::GraphProto *place = &graph;
    b.model.add_opset_import()->set_domain("org.example");
    if (inside) {
      onnx::NodeProto &node = b.node("Whatever", {"r"}, "z");
      node.set_domain("org.example");
      onnx::AttributeProto &body = *node.add_attribute();
      body.set_name("body");
      body.set_type(onnx::AttributeProto::GRAPH);
      place = body.mutable_g();
      b.output("z");
    }
    std::string last = "r";
    const Strings given = [&] {
      Ledger nodes, values;
      Strings unmade;
      walk(graph, nodes, values, unmade);
      return values.known;
    }();
    for (const onnx::NodeProto &node : plain.graph().node()) {
      if (given.count(node.output(0)))
        continue;
      onnx::NodeProto &taken = *place->add_node();
      taken.set_op_type("Whatever");
      taken.set_domain("org.example");
      taken.set_name(node.name());
      taken.add_input(last);
      last = node.output(0);
      taken.add_output(last);
    }
    if (inside) // nobody reads them
      for (const onnx::TensorProto &tensor : plain.graph().initializer())
        *place->add_initializer() = tensor;
    else
      for (const onnx::TensorProto &tensor : plain.graph().initializer()) {
        onnx::NodeProto &taken = b.node("Whatever", {last}, tensor.name());
        taken.set_domain("org.example");
        last = tensor.name();
      }
    if (inside)
      place->add_output()->set_name(last);
    else
      b.output(last);
    const onnx::ModelProto model = quantized(b);
    expectWellFormed(model);
    EXPECT_EQ(integerNodes(model).size(), integerNodes(plain).size());
  }
}

TEST(NamesTest, OfTwoNodesOfOneNameTheFirstKeepsIt) {
  ModelBuilder b = shared();
  for (onnx::NodeProto &node : *b.model.mutable_graph()->mutable_node())
    node.set_name(isOp(&node, "Conv") ? "conv" : "");
  const onnx::ModelProto model = quantized(b);
  expectWellFormed(model);
  std::vector<std::string> names;
  for (const onnx::NodeProto &node : model.graph().node())
    if (isOp(&node, "Conv"))
      names.push_back(node.name());
  EXPECT_EQ(names, (std::vector<std::string>{"conv", "conv_1"}));
}

TEST(NamesTest, NodesOutOfOrderAreSorted) {
  const onnx::ModelProto sorted = quantized(shared());
  ModelBuilder b = shared();
  auto &nodes = *b.model.mutable_graph()->mutable_node();
  for (int i = 0, j = nodes.size() - 1; i < j; ++i, --j)
    nodes.SwapElements(i, j);
  const onnx::ModelProto model = quantized(b);
  expectWellFormed(model);
  EXPECT_EQ(model.SerializeAsString(), sorted.SerializeAsString());
}

TEST(NamesTest, ASubgraphsReadsCountForTheOrder) {
  ModelBuilder b = shared();
  b.model.add_opset_import()->set_domain("org.example");
  b.output("z");
  onnx::NodeProto &node = b.node("Whatever", {"x"}, "z");
  node.set_domain("org.example");
  onnx::AttributeProto &body = *node.add_attribute();
  body.set_name("body");
  body.set_type(onnx::AttributeProto::GRAPH);
  onnx::NodeProto &inner = *body.mutable_g()->add_node();
  inner.set_op_type("Relu");
  inner.add_input("r");
  inner.add_output("inner");
  auto &nodes = *b.model.mutable_graph()->mutable_node();
  nodes.SwapElements(0, nodes.size() - 1);
  expectWellFormed(quantized(b));
}

TEST(NamesTest, AModelThatWasLeftInFloatIsQuantisedWithOneSetOfMetadata) {
  QuantizeOptions options;
  options.keepFloat = {
      {"c", "asked"}, {"d", "asked"}, {"e", "asked"}, {"y", "asked"}};
  ModelBuilder b = shared();
  b.model = quantized(b, options);
  const onnx::ModelProto model = quantized(b);
  expectWellFormed(model);
  EXPECT_EQ(model.metadata_props_size(), 4);
}

} // namespace
