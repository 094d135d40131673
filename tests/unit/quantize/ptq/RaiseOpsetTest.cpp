// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Older operator sets become version 13, or are refused.

#include "core/quantize/ptq/Prepare.h"
#include "tests/unit/quantize/ptq/ModelBuilder.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

Profile profileWith(const std::string &name, llvm::ArrayRef<int64_t> shape) {
  Profile profile;
  profile.tensors[name].shape.assign(shape.begin(), shape.end());
  return profile;
}

/// The graph after it was raised; or the message.
llvm::Expected<OnnxGraph> raised(const ModelBuilder &b,
                                 const Profile &profile = {}) {
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  if (llvm::Error error = raiseOpset(graph, profile))
    return error;
  return graph;
}

TEST(RaiseOpsetTest, AttributesOfClipBecomeInputs) {
  ModelBuilder b(9);
  b.input("x", {4}).output("y");
  onnx::NodeProto &clip = b.node("Clip", {"x"}, "y");
  setFloatAttribute(clip, "max", 6);
  OnnxGraph graph = llvm::cantFail(raised(b));
  EXPECT_EQ(graph.opset(), 13);
  const onnx::NodeProto &node = graph.graph().node(0);
  EXPECT_EQ(node.attribute_size(), 0);
  ASSERT_EQ(node.input_size(), 3);
  EXPECT_EQ(node.input(1), ""); // there is no minimum
  EXPECT_EQ(graph.floats(node.input(2)), std::vector<float>{6});
}

TEST(RaiseOpsetTest, AxesOfSqueezeAndPadsOfPadBecomeInputs) {
  ModelBuilder b(10);
  b.input("x", {1, 4}).output("y");
  setInts(b.node("Squeeze", {"x"}, "s"), "axes", {0});
  onnx::NodeProto &pad = b.node("Pad", {"s"}, "y");
  setInts(pad, "pads", {1, 2});
  setFloatAttribute(pad, "value", 3);
  OnnxGraph graph = llvm::cantFail(raised(b));
  EXPECT_EQ(graph.ints(graph.graph().node(0).input(1)),
            (std::vector<int64_t>{0}));
  EXPECT_EQ(graph.ints(graph.graph().node(1).input(1)),
            (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(graph.floats(graph.graph().node(1).input(2)),
            std::vector<float>{3});
}

TEST(RaiseOpsetTest, NodesOfSubgraphsAreRaisedToo) {
  ModelBuilder b(11);
  b.input("x", {1, 4}).output("y");
  onnx::AttributeProto &branch = *b.node("If", {"x"}, "y").add_attribute();
  branch.set_name("then_branch");
  branch.set_type(onnx::AttributeProto::GRAPH);
  ModelBuilder inner(11);
  setInts(inner.output("s").node("Squeeze", {"x"}, "s"), "axes", {0});
  *branch.mutable_g() = inner.model.graph();
  OnnxGraph graph = llvm::cantFail(raised(b));
  const onnx::NodeProto &node = graph.graph().node(0).attribute(0).g().node(0);
  EXPECT_EQ(node.attribute_size(), 0);
  ASSERT_EQ(node.input_size(), 2);
  EXPECT_EQ(graph.ints(node.input(1)), (std::vector<int64_t>{0}));
}

TEST(RaiseOpsetTest, SoftmaxKeepsItsMeaningOrIsRefused) {
  ModelBuilder b(11);
  b.input("x", {2, 5}).output("y");
  b.node("Softmax", {"x"}, "y"); // axis 1 by default; -1 in version 13
  OnnxGraph graph = llvm::cantFail(raised(b, profileWith("x", {2, 5})));
  EXPECT_EQ(intAttribute(graph.graph().node(0), "axis", -9), 1);
  for (const Profile &profile : {profileWith("x", {2, 5, 3}), Profile()}) {
    llvm::Expected<OnnxGraph> refused = raised(b, profile);
    ASSERT_FALSE(bool(refused));
    EXPECT_NE(llvm::toString(refused.takeError()).find("node 'y' (Softmax)"),
              std::string::npos);
  }
}

TEST(RaiseOpsetTest, WhatIsNotKnownIsRefusedByName) {
  ModelBuilder b(9);
  b.input("x", {4}).output("y");
  b.node("Upsample", {"x"}, "y");
  llvm::Expected<OnnxGraph> refused = raised(b);
  ASSERT_FALSE(bool(refused));
  const std::string message = llvm::toString(refused.takeError());
  EXPECT_NE(message.find("node 'y' (Upsample)"), std::string::npos);
  EXPECT_NE(message.find("9"), std::string::npos);
}

TEST(RaiseOpsetTest, VersionsBefore7AreRefusedAndLaterOnesStay) {
  ModelBuilder old(6), current(17);
  for (ModelBuilder *b : {&old, &current}) {
    b->input("x", {4}).output("y");
    b->node("Relu", {"x"}, "y");
  }
  llvm::Expected<OnnxGraph> refused = raised(old);
  ASSERT_FALSE(bool(refused));
  EXPECT_NE(llvm::toString(refused.takeError()).find("6"), std::string::npos);
  EXPECT_EQ(llvm::cantFail(raised(current)).opset(), 17);
}

} // namespace
