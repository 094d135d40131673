// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Nodes in any order: how they are sorted, and what cannot be.

#include "core/importer/onnx/model/NodeOrder.h"
#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = FaultKind;

namespace {

/// The order of a model's nodes, or the text of the error.
struct Order {
  explicit Order(const Model &model) {
    auto order = importer::orderNodes(
        model.graph.node(), [](llvm::StringRef name) { return name == "x"; });
    if (order)
      nodes = *order;
    else
      text = llvm::toString(order.takeError());
  }
  std::vector<int> nodes;
  std::string text;
};

/// A branch of an If that makes \p output from \p input.
void addBranch(onnx::NodeProto &node, const char *name, const char *input,
               const char *output) {
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::GRAPH);
  onnx::NodeProto &inner = *attribute.mutable_g()->add_node();
  inner.set_op_type("Relu");
  inner.add_input(input);
  inner.add_output(output);
  attribute.mutable_g()->add_output()->set_name(output);
}

TEST(NodeOrder, AnOrderThatIsLegalStays) {
  Model model;
  model.node("Constant", {}, {"late"});
  model.node("Relu", {"x"}, {"a"});
  model.node("Constant", {}, {"c"});
  model.node("Relu", {"x"}, {"unused"});
  model.node("Add", {"c", "a"}, {"b"});
  model.node("Add", {"b", "late"}, {"y"});
  EXPECT_THAT(Order(model).nodes, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(NodeOrder, ANodeMovesBeforeTheFirstThatNeedsIt) {
  Model model;
  model.node("Relu", {"x"}, {"a"});
  model.node("Add", {"a", "cast"}, {"b"}); // the Cast stands at the end
  model.node("Relu", {"b"}, {"c"});
  model.node("Add", {"c", "cast"}, {"y"});
  model.node("Cast", {"scaled"}, {"cast"});
  model.node("Relu", {"x"}, {"scaled"});
  EXPECT_THAT(Order(model).nodes, ElementsAre(0, 5, 4, 1, 2, 3));
}

TEST(NodeOrder, GraphsWithinANodeNeedWhatTheyMention) {
  Model model;
  onnx::NodeProto &node = model.node("If", {"x"}, {"y"});
  addBranch(node, "then_branch", "a", "inner");
  addBranch(node, "else_branch", "inner", "b"); // captures the outer 'inner'
  model.node("Relu", {"x"}, {"b"});             // is hidden by the branch's own
  model.node("Relu", {"x"}, {"a"});
  model.node("Relu", {"x"}, {"inner"});
  EXPECT_THAT(Order(model).nodes, ElementsAre(2, 3, 0, 1));
}

TEST(NodeOrder, AbsentInputsAndNamesFromOutsideAreNoWaits) {
  Model model;
  model.node("Clip", {"x", "", "nobody"}, {"y"});
  model.node("Dropout", {"y"}, {"z", ""});
  model.node("Relu", {"z"}, {"x"}); // defines an input again: found elsewhere
  EXPECT_THAT(Order(model).nodes, ElementsAre(0, 1, 2));
}

TEST(NodeOrder, ACycleIsTold) {
  Model model;
  model.node("Relu", {"x"}, {"before"});
  model.node("Neg", {"c"}, {"entry"}); // leads to the cycle, but is not on it
  model.node("Add", {"x", "b"}, {"a"}).set_name("first");
  model.node("Relu", {"a"}, {"b"});
  model.node("Sub", {"before", "a"}, {"c"});
  EXPECT_EQ(Order(model).text,
            "node 'first' (Add): waits for itself: it needs 'b' of node 3 "
            "(Relu), which needs 'a' of node 'first' (Add)");

  Model self;
  self.node("Relu", {"y"}, {"y"});
  EXPECT_EQ(Order(self).text, "node 0 (Relu): waits for itself: it needs 'y' "
                              "of node 0 (Relu)");
}

TEST(NodeOrder, ALongCycleIsToldInPart) {
  Model model;
  for (int i = 0; i < 20; ++i)
    model.node("Relu", {("v" + std::to_string(i)).c_str()},
               {("v" + std::to_string((i + 1) % 20)).c_str()});
  const std::string text = Order(model).text;
  EXPECT_THAT(text, HasSubstr("it needs 'v0' of node 19 (Relu), which needs "
                              "'v19' of node 18"));
  EXPECT_THAT(text, HasSubstr("'v13' of node 12 (Relu), and so on over 20 "
                              "nodes"));
}

/// No call per node: the stack would not hold.
TEST(NodeOrder, LongChainsBackwards) {
  constexpr int length = 100'000;
  Model model;
  for (int i = length; i-- > 0;)
    model.node("Relu", {i == 0 ? "x" : ("v" + std::to_string(i - 1)).c_str()},
               {("v" + std::to_string(i)).c_str()});
  const Order order(model);
  ASSERT_EQ(order.nodes.size(), size_t{length});
  for (int i = 0; i < length; ++i)
    ASSERT_EQ(order.nodes[static_cast<size_t>(i)], length - 1 - i);
}

TEST(NodeOrder, SortsModelsInPlaceWithGraphsWithinAndFunctions) {
  Model model;
  model.input("x", {2});
  onnx::NodeProto &branch = model.node("If", {"a"}, {"y"});
  addBranch(branch, "then_branch", "t", "out");
  onnx::NodeProto &inner =
      *branch.mutable_attribute(0)->mutable_g()->add_node();
  inner.set_op_type("Neg");
  inner.add_input("x");
  inner.add_output("t");
  model.node("Relu", {"x"}, {"a"});
  onnx::FunctionProto &function = *model.proto.add_functions();
  function.add_input("p");
  for (auto [in, out] : {std::pair("q", "r"), std::pair("p", "q")}) {
    onnx::NodeProto &node = *function.add_node();
    node.add_input(in);
    node.add_output(out);
  }
  ASSERT_FALSE(bool(importer::sortNodes(model.proto)));
  EXPECT_EQ(model.graph.node(0).op_type(), "Relu");
  EXPECT_EQ(model.graph.node(1).op_type(), "If");
  EXPECT_EQ(model.graph.node(1).attribute(0).g().node(0).op_type(), "Neg");
  EXPECT_EQ(function.node(0).output(0), "q");

  function.mutable_node(0)->set_input(0, "r");
  EXPECT_THAT(llvm::toString(importer::sortNodes(model.proto)),
              HasSubstr("waits for itself"));
}

TEST(NodeOrder, ModelsAreImportedInAnyOrder) {
  Model model;
  model.input("x", {2, 3, 2});
  model.node("Reshape", {"a", "target"}, {"y"});
  model.node("Concat", {"batch", "rest"}, {"target"});
  setInt(*model.graph.mutable_node(1), "axis", 0);
  model.node("Gather", {"shape", "zero"}, {"batch"});
  model.node("Shape", {"x"}, {"shape"});
  model.node("Relu", {"x"}, {"a"});
  model.ints("zero", {0}).ints("rest", {-1});
  model.output("y");
  const Outcome outcome = import(model);
  ASSERT_TRUE(outcome.imported) << outcome.text;
  EXPECT_EQ(outcome.outputs[0].shape, (llvm::SmallVector<int64_t>{2, 6}));
}

TEST(NodeOrder, AModelWithACycleIsInvalid) {
  Model model;
  model.input("x", {2});
  model.node("Add", {"x", "b"}, {"a"});
  model.node("Relu", {"a"}, {"b"});
  model.output("b");
  const Outcome outcome = import(model);
  EXPECT_EQ(outcome.kind, Kind::model);
  EXPECT_EQ(outcome.text,
            "node 0 (Add): waits for itself: it needs 'b' of node 1 (Relu), "
            "which needs 'a' of node 0 (Add)");
}

} // namespace
