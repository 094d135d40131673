// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each operator is to quantisation.

#include "core/quantize/ptq/Layers.h"

#include "core/importer/onnx/model/Operators.h"

using namespace glowplug;
using namespace glowplug::ptq;
using importer::Quantised;

/// A pad with a value that needs no range of its own.
static bool padsWithZeroOrOwn(const OnnxGraph &graph,
                              const onnx::NodeProto &node) {
  if (stringAttribute(node, "mode", "constant") != "constant")
    return true;
  if (inputName(node, 2).empty())
    return true;
  const std::optional<std::vector<float>> value = graph.floats(node.input(2));
  return value && value->size() == 1 && (*value)[0] == 0;
}

/// What the table says of an operator, except the three for which it depends on
/// the node.
static Quantised kindOf(const OnnxGraph &graph, const onnx::NodeProto &node) {
  const llvm::StringRef type = node.op_type();
  if (!isOp(&node, type))
    return Quantised::whole; // operators of other domains are not known
  const importer::OperatorFacts *facts = importer::factsOf(node);
  if (!facts)
    return Quantised::formula;
  if (type == "Resize") {
    const std::string mode = stringAttribute(node, "mode", "nearest");
    return mode == "nearest"  ? Quantised::moves
           : mode == "linear" ? Quantised::computes
                              : Quantised::whole;
  }
  if ((type == "MaxPool" && node.output_size() != 1) ||
      (type == "Pad" && !padsWithZeroOrOwn(graph, node)))
    return Quantised::whole;
  return facts->quantised;
}

bool ptq::computesOnIntegers(const OnnxGraph &graph,
                             const onnx::NodeProto &node) {
  return kindOf(graph, node) == Quantised::computes;
}

bool ptq::movesValues(const OnnxGraph &graph, const onnx::NodeProto &node) {
  return node.input_size() != 0 && kindOf(graph, node) == Quantised::moves;
}

//===----------------------------------------------------------------------===//
// Formulas in elementary steps
//===----------------------------------------------------------------------===//

namespace {

class Regions {
public:
  explicit Regions(OnnxGraph &graph) : graph(graph) {}
  std::set<const onnx::NodeProto *> find();

private:
  /// Nodes that may join a region, bias Adds of products left out.
  bool mayJoin(onnx::NodeProto &node);
  bool isSeed(const onnx::NodeProto &node) const {
    return kindOf(graph, node) == Quantised::formula;
  }
  /// Neighbours, seen through nodes that only move values.
  void sources(llvm::StringRef name,
               llvm::SmallVectorImpl<onnx::NodeProto *> &found) const;
  void targets(llvm::StringRef name,
               llvm::SmallVectorImpl<onnx::NodeProto *> &found) const;
  unsigned computedInputs(const onnx::NodeProto &node) const;
  bool touchesSeed(const onnx::NodeProto &node) const;
  bool touchesRegion(const onnx::NodeProto &node) const;

  OnnxGraph &graph;
  std::set<const onnx::NodeProto *> region;
};

} // namespace

bool Regions::mayJoin(onnx::NodeProto &node) {
  if (!isOp(&node, "Add") && !isOp(&node, "Sub") && !isOp(&node, "Mul") &&
      !isOp(&node, "ReduceMean"))
    return false;
  std::optional<Contraction> product =
      Contraction::endingAt(graph, node.output(0));
  return !product;
}

void Regions::sources(llvm::StringRef name,
                      llvm::SmallVectorImpl<onnx::NodeProto *> &found) const {
  onnx::NodeProto *node = graph.producer(name);
  while (node && movesValues(graph, *node))
    node = graph.producer(node->input(0));
  if (node)
    found.push_back(node);
}

void Regions::targets(llvm::StringRef name,
                      llvm::SmallVectorImpl<onnx::NodeProto *> &found) const {
  for (onnx::NodeProto *node : graph.consumers(name)) {
    if (!movesValues(graph, *node))
      found.push_back(node);
    else if (node->input(0) == name)
      for (const std::string &output : node->output())
        targets(output, found);
  }
}

unsigned Regions::computedInputs(const onnx::NodeProto &node) const {
  unsigned count = 0;
  for (const std::string &name : node.input())
    count += !name.empty() && !graph.initializer(name);
  return count;
}

bool Regions::touchesSeed(const onnx::NodeProto &node) const {
  llvm::SmallVector<onnx::NodeProto *> before, after;
  for (const std::string &name : node.input())
    sources(name, before);
  targets(node.output(0), after);
  // What follows a softmax is not part of its formula.
  return llvm::any_of(before,
                      [&](onnx::NodeProto *source) {
                        return isSeed(*source) && !isOp(source, "Softmax");
                      }) ||
         llvm::any_of(after, [&](onnx::NodeProto *to) { return isSeed(*to); });
}

bool Regions::touchesRegion(const onnx::NodeProto &node) const {
  llvm::SmallVector<onnx::NodeProto *> near;
  for (const std::string &name : node.input())
    sources(name, near);
  // x * (1 + erf(...)): a gelu, of which the product is a part.
  if (isOp(&node, "Mul") && computedInputs(node) == 2)
    for (onnx::NodeProto *source : near)
      if (region.count(source) && computedInputs(*source) == 1)
        for (const std::string &name : source->input())
          if (isOp(graph.producer(name), "Erf"))
            return true;
  if (computedInputs(node) != 1)
    return false;
  targets(node.output(0), near);
  return llvm::any_of(
      near, [&](onnx::NodeProto *other) { return region.count(other) != 0; });
}

std::set<const onnx::NodeProto *> Regions::find() {
  std::vector<onnx::NodeProto *> candidates;
  for (onnx::NodeProto &node : *graph.graph().mutable_node())
    if (mayJoin(node)) {
      if (touchesSeed(node))
        region.insert(&node);
      else
        candidates.push_back(&node);
    }
  for (bool changed = true; changed;) {
    changed = false;
    for (onnx::NodeProto *node : candidates)
      if (!region.count(node) && touchesRegion(*node))
        changed |= region.insert(node).second;
  }
  return region;
}

std::set<const onnx::NodeProto *> ptq::floatRegions(OnnxGraph &graph) {
  return Regions(graph).find();
}
