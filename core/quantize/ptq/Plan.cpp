// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decides which tensors become integers.

#include "core/quantize/ptq/Plan.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::ptq;

Plan::Plan(OnnxGraph &graph, Layers &layers, const Profile &profile)
    : graph(graph), layers(layers), profile(profile) {
  keepImpossible();
  mark();
  group();
}

bool Plan::isQuantizable(const std::string &name, std::string *why) const {
  auto found = profile.tensors.find(name);
  std::string reason;
  if (found == profile.tensors.end())
    reason = "'" + name + "' is not an f32 tensor of the profile";
  else if (found->second.nonFinite != 0)
    reason = "'" + name + "' has " + std::to_string(found->second.nonFinite) +
             " values that are not finite";
  else if (found->second.count == 0)
    reason = "'" + name + "' is empty";
  if (why && !reason.empty())
    *why = reason;
  return reason.empty();
}

void Plan::keepImpossible() {
  for (Layer &layer : layers.list) {
    std::vector<std::string> names = layer.activations;
    names.push_back(layer.output);
    for (const std::string &name : names)
      if (layer.isQuantized())
        (void)isQuantizable(name, &layer.keptReason);
    // Arithmetic on shapes is not a layer. (Contractions are, of any type.)
    layer.isOfOtherType = llvm::none_of(names, [&](const std::string &name) {
      return layer.contraction || profile.tensors.count(name) != 0;
    });
    for (const std::string &name : layer.constants) {
      const std::optional<std::vector<float>> values = graph.floats(name);
      if (!layer.isQuantized())
        break;
      if (!values)
        layer.keptReason = "constant '" + name + "' is not of f32";
      else if (llvm::any_of(*values, [](float x) { return !std::isfinite(x); }))
        layer.keptReason = "constant '" + name + "' is not finite";
    }
    if (layer.isQuantized() && layer.contraction &&
        llvm::any_of(layer.contraction->weights(),
                     [](float x) { return !std::isfinite(x); }))
      layer.keptReason =
          "weights '" + layer.contraction->weightName() + "' are not finite";
  }
  for (const onnx::NodeProto &node : graph.graph().node()) {
    if (layers.role(node) != Role::passThrough)
      continue;
    bool possible = isQuantizable(node.input(0), nullptr);
    for (const std::string &name : node.output())
      possible &= name.empty() || isQuantizable(name, nullptr);
    if (!possible)
      layers.keepFloating(node);
  }
}

bool Plan::isWanted(llvm::StringRef name) const {
  if (graph.isVisibleInSubgraphs(name))
    return true;
  return llvm::any_of(graph.consumers(name), [&](const onnx::NodeProto *node) {
    if (layers.role(*node) != Role::passThrough || node->input(0) != name)
      return true;
    return llvm::any_of(node->output(), [&](const std::string &output) {
      return isWanted(output);
    });
  });
}

void Plan::mark() {
  for (const Layer &layer : layers.list) {
    if (!layer.isQuantized())
      continue;
    marked.insert(layer.activations.begin(), layer.activations.end());
    // The last result of a model is not rounded to eight bits.
    if (isWanted(layer.output))
      marked.insert(layer.output);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const onnx::NodeProto &node : graph.graph().node()) {
      if (layers.role(node) != Role::passThrough)
        continue;
      bool any = marked.count(node.input(0)) != 0;
      for (const std::string &name : node.output())
        any |= marked.count(name) != 0;
      if (!any || !llvm::any_of(node.output(), [&](const std::string &name) {
            return isWanted(name);
          }))
        continue;
      changed |= marked.insert(node.input(0)).second;
      for (const std::string &name : node.output())
        if (!name.empty())
          changed |= marked.insert(name).second;
    }
  }
}

void Plan::group() {
  // Nodes are in topological order, so a group's first tensor comes first.
  for (const std::string &name : marked)
    groupOf[name] = name;
  for (const onnx::NodeProto &node : graph.graph().node())
    if (layers.role(node) == Role::passThrough &&
        marked.count(node.input(0)) != 0)
      for (const std::string &name : node.output())
        if (marked.count(name) != 0)
          groupOf[name] = groupOf.at(node.input(0));
}

void Plan::choose(const Calibration &calibration, Scheme scheme,
                  const std::map<std::string, Range> &known) {
  for (const auto &[name, root] : groupOf) {
    if (groupParams.count(root))
      continue;
    auto range = known.find(root);
    groupParams[root] =
        chooseParams(range != known.end() ? range->second
                                          : calibrate(profile.tensors.at(root),
                                                      calibration, scheme),
                     scheme);
  }
}

bool Plan::readsIntegers(const onnx::NodeProto &node,
                         llvm::StringRef name) const {
  const Role role = layers.role(node);
  if (role == Role::layer)
    return true;
  if (role == Role::passThrough &&
      llvm::any_of(node.output(), [&](const std::string &output) {
        return isQuantized(output);
      }))
    return true;
  // A float node reads the dequantized value of a tensor that integers
  // computed.
  const onnx::NodeProto *producer = graph.producer(name);
  return producer && layers.role(*producer) != Role::floating;
}

std::vector<std::string> ptq::tensorsToProfile(OnnxGraph &graph) {
  const Layers layers(graph);
  std::vector<std::string> result;
  std::set<std::string> seen;
  auto add = [&](const std::string &name) {
    if (!name.empty() && !graph.initializer(name) && seen.insert(name).second)
      result.push_back(name);
  };
  for (const Layer &layer : layers.list) {
    for (const std::string &name : layer.activations)
      add(name);
    add(layer.output);
  }
  for (const onnx::NodeProto &node : graph.graph().node()) {
    if (layers.role(node) == Role::passThrough) {
      add(node.input(0));
      for (const std::string &name : node.output())
        if (graph.isOutput(name) || !graph.consumers(name).empty())
          add(name);
    }
    if (isOp(&node, "Softmax") || isOp(&node, "LogSoftmax"))
      add(node.input(0));
  }
  return result;
}
