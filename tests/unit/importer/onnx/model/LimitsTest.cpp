// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every limit, at its value and one past it.

#include "core/importer/onnx/model/Limits.h"
#include "core/importer/onnx/model/ModelFile.h"
#include "core/importer/onnx/model/Wire.h"
#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::importer;
using namespace glowplug::testing;
using ::testing::HasSubstr;

namespace {

TEST(Limits, Rank) {
  EXPECT_TRUE(import(oneNode("Relu", Sizes(8, 1))).imported);
  EXPECT_EQ(import(oneNode("Relu", Sizes(9, 1))).text,
            "input 'x': rank 9 is above the limit of 8");

  Model model = oneNode("Unsqueeze", Sizes(7, 1), 11);
  setInts(*model.graph.mutable_node(0), "axes", {0});
  EXPECT_TRUE(import(model).imported);
  model.graph.mutable_node(0)->mutable_attribute(0)->add_ints(1);
  EXPECT_THAT(import(model).text, HasSubstr("rank 9 is above the limit of 8"));
}

TEST(Limits, Elements) {
  const int64_t most = limits::elements;
  EXPECT_TRUE(import(oneNode("Relu", {most})).imported);
  EXPECT_THAT(import(oneNode("Relu", {most + 1})).text,
              HasSubstr("has more than 2147483647 elements"));
  EXPECT_THAT(import(oneNode("Relu", {65536, 65536, 65536})).text,
              HasSubstr("has more than 2147483647 elements"));
  EXPECT_THAT(
      import(oneNode("Relu", {int64_t{1} << 32, int64_t{1} << 32})).text,
      HasSubstr("has more than 2147483647 elements"));

  // A result: x repeated to the limit, and past it.
  for (int64_t past : {0, 1}) {
    Model model;
    model.input("x", {1}, onnx::TensorProto::UINT8).ints("s", {most + past});
    model.node("Expand", {"x", "s"}, {"y"});
    model.output("y");
    EXPECT_EQ(import(model).imported, past == 0);
  }
}

TEST(Limits, BytesOfAllResults) {
  // Results of 2^33 - 8 bytes each: eight of them are below the limit.
  for (int count : {8, 9}) {
    Model model;
    model.input("x", {(int64_t{1} << 30) - 1}, onnx::TensorProto::DOUBLE);
    std::string last = "x";
    for (int i = 0; i < count; ++i) {
      const std::string next = "v" + std::to_string(i);
      model.node("Neg", {last.c_str()}, {next.c_str()});
      last = next;
    }
    model.output(last.c_str());
    const Outcome outcome = import(model);
    EXPECT_EQ(outcome.imported, count == 8) << outcome.text;
    if (count == 9) {
      EXPECT_THAT(outcome.text, HasSubstr("all results together have more"));
    }
  }
}

TEST(Limits, BytesOfTables) {
  // One count of 8 bytes per output; pads make the counts differ.
  for (int64_t past : {0, 1}) {
    Model model = oneNode("AveragePool", {1, 1, limits::madeBytes / 8 + past});
    setInts(*model.graph.mutable_node(0), "kernel_shape", {3});
    setInts(*model.graph.mutable_node(0), "pads", {1, 1});
    EXPECT_EQ(import(model).imported, past == 0);
  }
}

/// Nodes in a row, each of whose results is the one input.
Model chain(int64_t nodes) {
  Model model;
  model.input("x", {1});
  std::string last = "x";
  for (int64_t i = 0; i < nodes; ++i) {
    const std::string next = "v" + std::to_string(i);
    model.node("Identity", {last.c_str()}, {next.c_str()});
    last = next;
  }
  model.output(last.c_str());
  return model;
}

TEST(Limits, Nodes) {
  EXPECT_TRUE(import(chain(limits::nodes)).imported);
  EXPECT_EQ(import(chain(limits::nodes + 1)).text,
            "the model has more than 100000 nodes");
}

TEST(Limits, ListLength) {
  Model model;
  onnx::NodeProto &node = model.node("Constant", {}, {"y"});
  setInts(node, "value_ints", std::vector<int64_t>(limits::listLength, 1));
  model.output("y");
  EXPECT_TRUE(import(model).imported);
  node.mutable_attribute(0)->add_ints(1);
  EXPECT_EQ(import(model).text, "list 'onnx.AttributeProto.ints' has more "
                                "than 1048576 entries");
}

TEST(Limits, StringBytes) {
  Model model = oneNode("Relu", {1});
  model.graph.mutable_node(0)->set_name(std::string(limits::stringBytes, 'n'));
  EXPECT_TRUE(import(model).imported);
  model.graph.mutable_node(0)->mutable_name()->push_back('n');
  EXPECT_EQ(import(model).text, "text 'onnx.NodeProto.name' has 65537 bytes, "
                                "and the limit is 65536");
}

/// Graphs within each other, the model's own counted.
Model nest(int graphs) {
  Model model = oneNode("Relu", {1});
  onnx::GraphProto *graph = &model.graph;
  for (int i = 1; i < graphs; ++i) {
    onnx::NodeProto &node = *graph->add_node();
    node.set_op_type("If");
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name("then_branch");
    attribute.set_type(onnx::AttributeProto::GRAPH);
    graph = attribute.mutable_g();
    graph->set_name("nested");
  }
  return model;
}

TEST(Limits, NestedGraphs) {
  // Read without complaint; what is wrong is that the nodes have no inputs.
  EXPECT_EQ(import(nest(limits::nesting)).text,
            "node 1 (If): needs 1 inputs, but has 0");
  EXPECT_EQ(import(nest(limits::nesting + 1)).text,
            "the model nests graphs more than 32 deep");
  // Far deeper, but not so deep that the test's own model fills the stack as it
  // is destroyed, which takes 1 KiB for each graph with sanitizers.
  EXPECT_EQ(import(nest(2000)).text,
            "the model nests graphs more than 32 deep");
}

/// A type of sequences within each other has two messages per level.
TEST(Limits, NestedMessages) {
  Model model = oneNode("Relu", {1});
  onnx::TypeProto *type = model.graph.add_value_info()->mutable_type();
  // Model, graph, value_info and type are four.
  for (int depth = 4; depth + 2 <= limits::messageDepth; depth += 2)
    type = type->mutable_sequence_type()->mutable_elem_type();
  EXPECT_TRUE(import(model).imported);
  type->mutable_sequence_type()->mutable_elem_type();
  EXPECT_EQ(import(model).text, "the model nests messages more than 128 deep");
}

TEST(Limits, Messages) {
  // Besides those counted here there are ten; each info is two messages.
  Model model = oneNode("Relu", {1});
  auto &infos = *model.graph.mutable_value_info();
  const llvm::StringRef many = "the model has more than 524288 messages";
  for (int64_t i = 0; i < limits::messages / 2 - 8; ++i)
    infos.Add()->mutable_type();
  EXPECT_TRUE(import(model).imported);
  for (int64_t i = 0; i < 8; ++i)
    infos.Add()->mutable_type();
  EXPECT_EQ(import(model).text, many);
}

TEST(Limits, Strings) {
  // A list of names stays below the limit of a list; two of them do not.
  Model model = oneNode("Relu", {1});
  onnx::NodeProto &node = *model.graph.mutable_node(0);
  while (node.input_size() < limits::listLength - 16)
    node.add_input("");
  EXPECT_TRUE(import(model).imported) << import(model).text;
  for (int i = 0; i < 32; ++i)
    model.graph.add_value_info()->set_name("v");
  EXPECT_EQ(import(model).text, "the model has more than 1048576 texts");
}

TEST(Limits, Operations) {
  // Each of these nodes becomes five operations.
  constexpr int64_t most = limits::operations / 5;
  for (int64_t nodes : {int64_t{1}, most, most + 1}) {
    Model model = chain(nodes);
    for (onnx::NodeProto &node : *model.graph.mutable_node())
      node.set_op_type("ReduceLogSumExp");
    const Outcome outcome = import(model);
    EXPECT_EQ(outcome.imported, nodes <= most);
    if (nodes == 1) {
      // The first column of a function's body.
      EXPECT_EQ(llvm::StringRef(outcome.text).count("\n    %"), 5u)
          << outcome.text;
    }
    if (nodes > most) {
      EXPECT_THAT(outcome.text, HasSubstr("has more than 400000 operations"));
    }
  }
}

/// A file that is larger than its disk space.
class SparseFile {
public:
  explicit SparseFile(uint64_t bytes) {
    char name[] = "/tmp/glowplug-limit-XXXXXX";
    const int file = mkstemp(name);
    path = name;
    EXPECT_EQ(ftruncate(file, static_cast<off_t>(bytes)), 0);
    close(file);
  }
  ~SparseFile() { unlink(path.c_str()); }
  std::string path;
};

TEST(Limits, ModelBytes) {
  const SparseFile most(limits::modelBytes), more(limits::modelBytes + 1);
  // At the limit it is read; a zero is not a field tag.
  EXPECT_THAT(importPath(most.path).text, HasSubstr("a field of number 0"));
  EXPECT_THAT(importPath(more.path).text,
              HasSubstr("the model has 2147483648 bytes, and the limit is "
                        "2147483647"));
}

TEST(Limits, ConstantBytes) {
  // Tensors that claim data they do not have are refused for that, up to the
  // limit of all constants together.
  Model model = oneNode("Relu", {1});
  model.proto.set_ir_version(8);
  EXPECT_TRUE(import(model).imported);
  onnx::TensorProto &tensor =
      model.initializer("huge", {limits::elements}, onnx::TensorProto::DOUBLE);
  EXPECT_THAT(import(model).text,
              HasSubstr("the constants have more than 8589934592 bytes"));
  tensor.set_dims(0, limits::constantBytes / 8);
  EXPECT_THAT(import(model).text,
              HasSubstr("needs 1073741824 elements, but double_data has 0"));
}

} // namespace
