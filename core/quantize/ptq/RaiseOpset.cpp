// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From older operator sets to version 13, by the table of operators.

#include "core/quantize/ptq/Prepare.h"

#include "core/importer/onnx/model/Operators.h"

using namespace glowplug;
using namespace glowplug::ptq;

static constexpr int64_t wanted = 13, least = 7, leastIr = 7;

namespace {

/// Rewrites nodes one by one.
class Raiser {
public:
  Raiser(OnnxGraph &graph, const Profile &profile, int64_t from)
      : graph(graph), profile(profile), from(from) {}

  llvm::Error raise(onnx::NodeProto &node);

private:
  void move(onnx::NodeProto &node, const importer::MovedAttribute &moved);
  llvm::Error softmax(onnx::NodeProto &node);
  llvm::Error raiseInner(onnx::NodeProto &node);
  llvm::Error notKnown(const onnx::NodeProto &node) const;

  OnnxGraph &graph;
  const Profile &profile;
  int64_t from;
};

} // namespace

static void putInput(onnx::NodeProto &node, int index,
                     const std::string &name) {
  while (node.input_size() <= index)
    node.add_input("");
  node.set_input(index, name);
}

/// Turns an attribute into an input, if the node has it.
void Raiser::move(onnx::NodeProto &node,
                  const importer::MovedAttribute &moved) {
  const onnx::AttributeProto *attribute = findAttribute(node, moved.name);
  if (!attribute)
    return;
  const std::string base = nodeName(node) + "_" + moved.name.str();
  if (moved.isList) {
    const std::vector<int64_t> values = intsAttribute(node, moved.name);
    const auto count = static_cast<int64_t>(values.size());
    putInput(node, moved.input, graph.addInt64(base, {count}, values));
  } else if (!moved.zeroIsAbsent || attribute->f() != 0) {
    putInput(node, moved.input, graph.addFloats(base, {}, {attribute->f()}));
  }
  removeAttribute(node, moved.name);
}

/// Before 13, the dims from `axis` on were one; now it is `axis` alone.
llvm::Error Raiser::softmax(onnx::NodeProto &node) {
  const int64_t axis = intAttribute(node, "axis", 1);
  auto input = profile.tensors.find(node.input(0));
  if (input == profile.tensors.end())
    return llvm::createStringError(
        nodeText(node) + ": its rank is not in the profile, so it cannot be "
                         "rewritten for operator set 13");
  const auto rank = static_cast<int64_t>(input->second.shape.size());
  const int64_t from = axis < 0 ? axis + rank : axis;
  int64_t rest = 1;
  for (int64_t i = from + 1; i < rank; ++i)
    rest *= input->second.shape[static_cast<size_t>(i)];
  if (rest != 1)
    return llvm::createStringError(
        nodeText(node) + ": axis " + llvm::Twine(axis) + " of operator set " +
        llvm::Twine(this->from) +
        " covers several dims, which operator set 13 cannot say");
  setIntAttribute(node, "axis", from);
  return llvm::Error::success();
}

llvm::Error Raiser::notKnown(const onnx::NodeProto &node) const {
  return llvm::createStringError(
      nodeText(node) + ": it is of operator set " + llvm::Twine(from) +
      ", and how it reads in " + llvm::Twine(wanted) +
      ", which quantisation needs, is not known here");
}

llvm::Error Raiser::raiseInner(onnx::NodeProto &node) {
  for (onnx::AttributeProto &attribute : *node.mutable_attribute())
    if (attribute.has_g())
      for (onnx::NodeProto &inner : *attribute.mutable_g()->mutable_node())
        if (llvm::Error error = raise(inner))
          return error;
  return llvm::Error::success();
}

llvm::Error Raiser::raise(onnx::NodeProto &node) {
  if (llvm::Error error = raiseInner(node))
    return error;
  const llvm::StringRef type = node.op_type();
  if (!isOp(&node, type))
    return llvm::Error::success(); // other domains have versions of their own
  const importer::OperatorFacts *facts = importer::factsOf(node);
  if (!facts)
    return notKnown(node);
  if (from >= facts->sameSince)
    return llvm::Error::success();
  for (const importer::MovedAttribute &moved : facts->moved)
    move(node, moved);
  if (!facts->moved.empty())
    return llvm::Error::success();
  if (type == "Softmax" || type == "LogSoftmax")
    return softmax(node);
  if (type == "BatchNormalization" && intAttribute(node, "spatial", 1) == 1) {
    removeAttribute(node, "spatial");
    return llvm::Error::success();
  }
  return notKnown(node);
}

llvm::Error ptq::raiseOpset(OnnxGraph &graph, const Profile &profile) {
  const int64_t from = graph.opset();
  onnx::ModelProto &model = graph.model();
  model.set_ir_version(std::max<int64_t>(model.ir_version(), leastIr));
  if (from >= wanted)
    return llvm::Error::success();
  if (from < least)
    return llvm::createStringError(
        "the model is of operator set " + llvm::Twine(from) + ", but " +
        llvm::Twine(least) + " is the first that can be rewritten");
  Raiser raiser(graph, profile, from);
  for (onnx::NodeProto &node : *graph.graph().mutable_node())
    if (llvm::Error error = raiser.raise(node))
      return error;
  for (onnx::OperatorSetIdProto &set : *model.mutable_opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx")
      set.set_version(wanted);
  graph.index();
  return llvm::Error::success();
}
