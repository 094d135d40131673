// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that are to be rewritten are held to the rules of the importer.

#include "tests/unit/quantize/ptq/ModelBuilder.h"

#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

ModelBuilder withWeights() {
  ModelBuilder b;
  b.input("x", {2}).output("y").constant("w", {2}, {1, 2});
  b.node("Add", {"x", "w"}, "y");
  return b;
}

llvm::Expected<OnnxGraph> parse(const std::string &bytes) {
  return OnnxGraph::parse(llvm::arrayRefFromStringRef(bytes));
}

TEST(ReadTest, KeepsWhatTheImporterLeavesOut) {
  ModelBuilder b = withWeights();
  b.model.set_doc_string("a comment");
  b.model.mutable_graph()->mutable_node(0)->set_doc_string("another");
  const std::string bytes = b.model.SerializeAsString();
  const OnnxGraph graph = llvm::cantFail(parse(bytes));
  EXPECT_EQ(graph.serialized(), bytes);
  EXPECT_EQ(graph.floats("w"), (std::vector<float>{1, 2}));
}

TEST(ReadTest, RefusesWhatPassesALimitOrIsNoModel) {
  const std::string bytes = withWeights().model.SerializeAsString();
  for (const std::string &broken :
       {std::string("garbage"), bytes.substr(0, bytes.size() - 1)}) {
    llvm::Expected<OnnxGraph> graph = parse(broken);
    ASSERT_FALSE(bool(graph));
    EXPECT_NE(llvm::toString(graph.takeError()).find("not an ONNX model"),
              std::string::npos);
  }
  ModelBuilder named = withWeights();
  named.model.mutable_graph()->set_name(std::string(1 << 17, 'n'));
  llvm::Expected<OnnxGraph> graph = parse(named.model.SerializeAsString());
  ASSERT_FALSE(bool(graph));
  EXPECT_NE(llvm::toString(graph.takeError()).find("the limit is 65536"),
            std::string::npos);
}

/// A size is checked before anything is allocated for it.
TEST(ReadTest, TensorsThatAreBrokenHaveNoContents) {
  for (const std::vector<int64_t> &dims :
       {std::vector<int64_t>{-1}, {int64_t{1} << 40, int64_t{1} << 40}, {3}}) {
    ModelBuilder b = withWeights();
    onnx::TensorProto &weights =
        *b.model.mutable_graph()->mutable_initializer(0);
    weights.mutable_dims()->Assign(dims.begin(), dims.end());
    const OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
    EXPECT_EQ(graph.floats("w"), std::nullopt);
  }
}

} // namespace
