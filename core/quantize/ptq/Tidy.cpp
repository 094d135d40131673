// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Brings constants into one form and removes nodes that do nothing.

#include "core/quantize/ptq/Prepare.h"

using namespace glowplug;
using namespace glowplug::ptq;

llvm::Error ptq::checkNotQuantized(const OnnxGraph &graph) {
  for (const onnx::NodeProto &node : graph.graph().node()) {
    const llvm::StringRef type = node.op_type();
    if (type == "QuantizeLinear" || type == "DequantizeLinear" ||
        type == "DynamicQuantizeLinear" || type.starts_with("QLinear") ||
        type == "ConvInteger" || type == "MatMulInteger")
      return llvm::createStringError(nodeText(node) +
                                     ": the model is quantised already");
  }
  return llvm::Error::success();
}

static void liftConstants(OnnxGraph &graph) {
  std::set<const onnx::NodeProto *> dead;
  for (const onnx::NodeProto &node : graph.graph().node()) {
    const onnx::AttributeProto *value = findAttribute(node, "value");
    if (!isOp(&node, "Constant") || !value || !value->has_t() ||
        graph.isOutput(node.output(0)))
      continue;
    if (value->t().data_location() == onnx::TensorProto::EXTERNAL)
      continue;
    onnx::TensorProto *tensor = graph.graph().add_initializer();
    *tensor = value->t();
    tensor->set_name(node.output(0));
    dead.insert(&node);
  }
  graph.removeNodes(dead);
}

/// An initialiser that is an input as well could be given another value; it
/// is a constant here, as it is for the importer.
static void fixInitializers(OnnxGraph &graph) {
  auto &inputs = *graph.graph().mutable_input();
  for (int i = inputs.size(); i-- > 0;)
    if (graph.initializer(inputs.Get(i).name()))
      inputs.DeleteSubrange(i, 1);
  graph.index();
}

/// Makes the users of the result of \p node use \p from instead.
static void replaceUses(OnnxGraph &graph, const std::string &name,
                        const std::string &from) {
  for (onnx::NodeProto *user : graph.consumers(name))
    for (std::string &input : *user->mutable_input())
      if (input == name)
        input = from;
}

static bool doesNothing(const OnnxGraph &graph, const onnx::NodeProto &node) {
  if (isOp(&node, "Identity"))
    return true;
  // From version 12 on, an input says whether it trains.
  if (!isOp(&node, "Dropout") || !inputName(node, 2).empty())
    return false;
  return node.output_size() < 2 || node.output(1).empty() ||
         (graph.consumers(node.output(1)).empty() &&
          !graph.isOutput(node.output(1)));
}

static void removeNoops(OnnxGraph &graph) {
  for (bool changed = true; changed;) {
    changed = false;
    std::set<const onnx::NodeProto *> dead;
    for (const onnx::NodeProto &node : graph.graph().node()) {
      // A node has to make each name that is visible outside.
      if (!doesNothing(graph, node) || graph.isOutput(node.output(0)) ||
          graph.isVisibleInSubgraphs(node.output(0)))
        continue;
      replaceUses(graph, node.output(0), node.input(0));
      dead.insert(&node);
      changed = true;
      break; // the lists of uses have changed
    }
    if (changed)
      graph.removeNodes(dead);
  }
}

void ptq::tidy(OnnxGraph &graph) {
  fixInitializers(graph);
  liftConstants(graph);
  removeNoops(graph);
}
