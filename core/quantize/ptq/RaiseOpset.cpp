// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From older operator sets to version 13, by the rules of ONNX's changelog.

#include "core/quantize/ptq/Prepare.h"

#include "llvm/ADT/StringSet.h"

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
  void floatsToInputs(onnx::NodeProto &node,
                      llvm::ArrayRef<llvm::StringRef> names);
  void intsToInput(onnx::NodeProto &node, llvm::StringRef name, int index);
  void putInput(onnx::NodeProto &node, int index, const std::string &name);
  llvm::Error softmax(onnx::NodeProto &node);
  llvm::Error pad(onnx::NodeProto &node);
  llvm::Error slice(onnx::NodeProto &node);

  OnnxGraph &graph;
  const Profile &profile;
  int64_t from;
};

} // namespace

/// Operators of which every version from 7 to 13 reads a node of an older one
/// in the same way.
static bool keepsItsMeaning(llvm::StringRef type) {
  static const llvm::StringSet<> names = {"Abs",
                                          "Acos",
                                          "Acosh",
                                          "Add",
                                          "And",
                                          "ArgMax",
                                          "ArgMin",
                                          "Asin",
                                          "Asinh",
                                          "Atan",
                                          "Atanh",
                                          "AveragePool",
                                          "Cast",
                                          "Ceil",
                                          "Celu",
                                          "Concat",
                                          "Constant",
                                          "ConstantOfShape",
                                          "Conv",
                                          "ConvInteger",
                                          "ConvTranspose",
                                          "Cos",
                                          "Cosh",
                                          "CumSum",
                                          "DepthToSpace",
                                          "Det",
                                          "Div",
                                          "Einsum",
                                          "Elu",
                                          "Equal",
                                          "Erf",
                                          "Exp",
                                          "Expand",
                                          "EyeLike",
                                          "Flatten",
                                          "Floor",
                                          "GRU",
                                          "Gather",
                                          "GatherElements",
                                          "GatherND",
                                          "Gemm",
                                          "GlobalAveragePool",
                                          "GlobalLpPool",
                                          "GlobalMaxPool",
                                          "Greater",
                                          "GreaterOrEqual",
                                          "HardSigmoid",
                                          "Hardmax",
                                          "Identity",
                                          "InstanceNormalization",
                                          "IsInf",
                                          "IsNaN",
                                          "LRN",
                                          "LSTM",
                                          "LeakyRelu",
                                          "Less",
                                          "LessOrEqual",
                                          "Log",
                                          "LpNormalization",
                                          "LpPool",
                                          "MatMul",
                                          "Max",
                                          "MaxPool",
                                          "Mean",
                                          "MeanVarianceNormalization",
                                          "Min",
                                          "Mod",
                                          "Mul",
                                          "Neg",
                                          "NonZero",
                                          "Not",
                                          "OneHot",
                                          "Or",
                                          "PRelu",
                                          "Pow",
                                          "RNN",
                                          "Range",
                                          "Reciprocal",
                                          "ReduceL1",
                                          "ReduceL2",
                                          "ReduceLogSum",
                                          "ReduceLogSumExp",
                                          "ReduceMax",
                                          "ReduceMean",
                                          "ReduceMin",
                                          "ReduceProd",
                                          "ReduceSumSquare",
                                          "Relu",
                                          "Reshape",
                                          "ReverseSequence",
                                          "Round",
                                          "ScatterElements",
                                          "Selu",
                                          "Shape",
                                          "Shrink",
                                          "Sigmoid",
                                          "Sign",
                                          "Sin",
                                          "Sinh",
                                          "Size",
                                          "Softplus",
                                          "Softsign",
                                          "SpaceToDepth",
                                          "Sqrt",
                                          "Sub",
                                          "Sum",
                                          "Tan",
                                          "Tanh",
                                          "ThresholdedRelu",
                                          "Tile",
                                          "Transpose",
                                          "Trilu",
                                          "Where",
                                          "Xor"};
  return names.contains(type);
}

void Raiser::putInput(onnx::NodeProto &node, int index,
                      const std::string &name) {
  while (node.input_size() <= index)
    node.add_input("");
  node.set_input(index, name);
}

/// Attributes that became inputs, one scalar each, from input 1 on.
void Raiser::floatsToInputs(onnx::NodeProto &node,
                            llvm::ArrayRef<llvm::StringRef> names) {
  for (size_t i = 0; i < names.size(); ++i) {
    const onnx::AttributeProto *attribute = findAttribute(node, names[i]);
    if (!attribute)
      continue;
    putInput(node, static_cast<int>(i) + 1,
             graph.addFloats(nodeName(node) + "_" + names[i].str(), {},
                             {attribute->f()}));
    removeAttribute(node, names[i]);
  }
}

void Raiser::intsToInput(onnx::NodeProto &node, llvm::StringRef name,
                         int index) {
  const onnx::AttributeProto *attribute = findAttribute(node, name);
  if (!attribute)
    return;
  const std::vector<int64_t> values = intsAttribute(node, name);
  putInput(node, index,
           graph.addInt64(nodeName(node) + "_" + name.str(),
                          {static_cast<int64_t>(values.size())}, values));
  removeAttribute(node, name);
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
  int64_t behind = 1;
  for (int64_t i = from + 1; i < rank; ++i)
    behind *= input->second.shape[static_cast<size_t>(i)];
  if (behind != 1)
    return llvm::createStringError(
        nodeText(node) + ": axis " + llvm::Twine(axis) + " of operator set " +
        llvm::Twine(this->from) +
        " covers several dims, which operator set 13 cannot say");
  setIntAttribute(node, "axis", from);
  return llvm::Error::success();
}

llvm::Error Raiser::pad(onnx::NodeProto &node) {
  if (from >= 11)
    return llvm::Error::success();
  const float value = floatAttribute(node, "value", 0);
  removeAttribute(node, "value");
  intsToInput(node, "pads", 1);
  if (value != 0)
    putInput(node, 2, graph.addFloats(nodeName(node) + "_value", {}, {value}));
  return llvm::Error::success();
}

llvm::Error Raiser::slice(onnx::NodeProto &node) {
  if (from >= 10)
    return llvm::Error::success();
  intsToInput(node, "starts", 1);
  intsToInput(node, "ends", 2);
  intsToInput(node, "axes", 3);
  return llvm::Error::success();
}

llvm::Error Raiser::raise(onnx::NodeProto &node) {
  for (onnx::AttributeProto &attribute : *node.mutable_attribute())
    if (attribute.has_g())
      for (onnx::NodeProto &inner : *attribute.mutable_g()->mutable_node())
        if (llvm::Error error = raise(inner))
          return error;
  const llvm::StringRef type = node.op_type();
  if (!isOp(&node, type) || keepsItsMeaning(type))
    return llvm::Error::success(); // other domains have versions of their own
  if (type == "BatchNormalization") {
    if (intAttribute(node, "spatial", 1) == 1) {
      removeAttribute(node, "spatial");
      return llvm::Error::success();
    }
  } else if (type == "Clip") {
    if (from < 11)
      floatsToInputs(node, {"min", "max"});
    return llvm::Error::success();
  } else if (type == "Dropout") {
    if (from < 12)
      floatsToInputs(node, {"ratio"});
    return llvm::Error::success();
  } else if (type == "Squeeze" || type == "Unsqueeze" || type == "ReduceSum") {
    intsToInput(node, "axes", 1);
    return llvm::Error::success();
  } else if (type == "Split") {
    intsToInput(node, "split", 1);
    return llvm::Error::success();
  } else if (type == "Softmax" || type == "LogSoftmax") {
    return softmax(node);
  } else if (type == "Pad") {
    return pad(node);
  } else if (type == "Slice") {
    return slice(node);
  } else if (from >= 11 &&
             (type == "Resize" || type == "TopK" || type == "Unique" ||
              type == "NonMaxSuppression" || type == "ScatterND" ||
              type == "Scan" || type == "If" || type == "Loop" ||
              type == "BitShift" || type == "QuantizeLinear" ||
              type == "DequantizeLinear")) {
    return llvm::Error::success();
  }
  return llvm::createStringError(
      nodeText(node) + ": it is of operator set " + llvm::Twine(from) +
      ", and how it reads in " + llvm::Twine(wanted) +
      ", which quantisation needs, is not known here");
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
