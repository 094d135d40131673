// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replaces calls of functions by their nodes.

#include "core/importer/onnx/model/Functions.h"

#include "core/importer/file/Error.h"
#include "core/importer/onnx/model/Limits.h"
#include "core/importer/onnx/model/NodeOrder.h"
#include "core/importer/onnx/proto/onnx.pb.h"

#include "llvm/ADT/StringMap.h"

#include <map>
#include <tuple>

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// Domain, name and overload.
using FunctionKey = std::tuple<std::string, std::string, std::string>;

/// Most bytes of the nodes that calls are replaced by.
constexpr size_t mostBytes = size_t{1} << 26;

/// One call of a function: what the names and attributes within it stand for.
class Call {
public:
  Call(const onnx::FunctionProto &function, const onnx::NodeProto &node,
       std::string prefix);

  /// A node of the function as one of the graph that calls it.
  void rewrite(onnx::NodeProto &node);
  /// Appends nodes for results that are inputs, or that are wanted twice.
  void addCopies(NodeList &nodes) const;

private:
  std::string rename(const std::string &name);
  void rewriteGraph(onnx::GraphProto &graph);
  void rewriteAttributes(onnx::NodeProto &node);

  std::string prefix;
  llvm::StringMap<std::string> names;
  llvm::StringMap<const onnx::AttributeProto *> attributes;
  std::vector<std::pair<std::string, std::string>> copies; // to, from
};

class Inliner {
public:
  explicit Inliner(onnx::ModelProto &model) : model(model) {}
  llvm::Error run();

private:
  llvm::Error checkOpsets(const onnx::FunctionProto &function);
  llvm::Error expand(NodeList &nodes, unsigned depth);
  llvm::Error expandCall(const onnx::FunctionProto &function,
                         const onnx::NodeProto &node, const std::string &title,
                         NodeList &made, unsigned depth);

  onnx::ModelProto &model;
  std::map<FunctionKey, const onnx::FunctionProto *> functions;
  int64_t nodeCount = 0;
  size_t bytes = 0;
};

std::string canonical(const std::string &domain) {
  return domain == "ai.onnx" ? "" : domain;
}

} // namespace

Call::Call(const onnx::FunctionProto &function, const onnx::NodeProto &node,
           std::string prefix)
    : prefix(std::move(prefix)) {
  names[""] = "";
  for (int i = 0; i < function.input_size(); ++i)
    names[function.input(i)] = i < node.input_size() ? node.input(i) : "";
  for (int i = 0; i < function.output_size(); ++i) {
    const std::string wanted = i < node.output_size() ? node.output(i) : "";
    if (wanted.empty())
      continue;
    auto [entry, isNew] = names.try_emplace(function.output(i), wanted);
    if (!isNew)
      copies.emplace_back(wanted, entry->second);
  }
  for (const onnx::AttributeProto &attribute : function.attribute_proto())
    attributes[attribute.name()] = &attribute;
  for (const onnx::AttributeProto &attribute : node.attribute())
    attributes[attribute.name()] = &attribute;
}

std::string Call::rename(const std::string &name) {
  auto [entry, isNew] = names.try_emplace(name);
  if (isNew)
    entry->second = prefix + name;
  return entry->second;
}

void Call::rewriteGraph(onnx::GraphProto &graph) {
  for (auto *list : {graph.mutable_input(), graph.mutable_output()})
    for (onnx::ValueInfoProto &info : *list)
      info.set_name(rename(info.name()));
  for (onnx::TensorProto &tensor : *graph.mutable_initializer())
    tensor.set_name(rename(tensor.name()));
  for (onnx::NodeProto &inner : *graph.mutable_node())
    rewrite(inner);
}

/// Puts the attributes of the call in the place of those that refer to them;
/// one that the call does not give, and that has no default, is absent.
void Call::rewriteAttributes(onnx::NodeProto &inner) {
  auto &list = *inner.mutable_attribute();
  for (int i = 0; i < list.size();) {
    onnx::AttributeProto &attribute = *list.Mutable(i);
    const std::string wanted = attribute.ref_attr_name();
    if (wanted.empty()) {
      if (attribute.has_g())
        rewriteGraph(*attribute.mutable_g());
      for (onnx::GraphProto &graph : *attribute.mutable_graphs())
        rewriteGraph(graph);
      ++i;
      continue;
    }
    const onnx::AttributeProto *given = attributes.lookup(wanted);
    if (!given) {
      list.DeleteSubrange(i, 1);
      continue;
    }
    const std::string name = attribute.name();
    attribute = *given;
    attribute.set_name(name);
    ++i;
  }
}

void Call::rewrite(onnx::NodeProto &inner) {
  if (!inner.name().empty())
    inner.set_name(prefix + inner.name());
  for (auto *list : {inner.mutable_input(), inner.mutable_output()})
    for (std::string &name : *list)
      name = rename(name);
  rewriteAttributes(inner);
}

void Call::addCopies(NodeList &nodes) const {
  for (const auto &[to, from] : copies) {
    onnx::NodeProto &copy = *nodes.Add();
    copy.set_op_type("Identity");
    copy.add_input(from);
    copy.add_output(to);
  }
}

/// A function means the operators of its own versions; nodes have none.
llvm::Error Inliner::checkOpsets(const onnx::FunctionProto &function) {
  for (const onnx::OperatorSetIdProto &wanted : function.opset_import()) {
    const std::string domain = canonical(wanted.domain());
    const onnx::OperatorSetIdProto *found = nullptr;
    for (const onnx::OperatorSetIdProto &known : model.opset_import())
      if (canonical(known.domain()) == domain)
        found = &known;
    if (!found)
      *model.add_opset_import() = wanted;
    else if (found->version() != wanted.version())
      return unsupported("function '" + function.name() + "' uses version " +
                         llvm::Twine(wanted.version()) + " of operator set " +
                         (domain.empty() ? "ai.onnx" : domain) +
                         ", but the model uses version " +
                         llvm::Twine(found->version()));
  }
  return llvm::Error::success();
}

llvm::Error Inliner::expandCall(const onnx::FunctionProto &function,
                                const onnx::NodeProto &node,
                                const std::string &title, NodeList &made,
                                unsigned depth) {
  if (node.input_size() > function.input_size() ||
      node.output_size() > function.output_size())
    return invalid(title + ": function '" + function.name() + "' takes " +
                   llvm::Twine(function.input_size()) + " inputs and gives " +
                   llvm::Twine(function.output_size()) +
                   " outputs, but the node has " +
                   llvm::Twine(node.input_size()) + " and " +
                   llvm::Twine(node.output_size()));
  std::string prefix = node.name();
  for (int i = 0; prefix.empty() && i < node.output_size(); ++i)
    prefix = node.output(i);
  Call call(function, node, prefix + "/");
  NodeList body;
  for (const onnx::NodeProto &inner : function.node()) {
    nodeCount += 1;
    bytes += inner.ByteSizeLong();
    if (nodeCount > limits::nodes || bytes > mostBytes)
      return invalid(title + ": functions make more than " +
                     llvm::Twine(limits::nodes) + " nodes, or " +
                     llvm::Twine(mostBytes) + " bytes of them");
    onnx::NodeProto &copy = *body.Add();
    copy = inner;
    call.rewrite(copy);
  }
  call.addCopies(body);
  if (llvm::Error error = expand(body, depth + 1))
    return error;
  for (onnx::NodeProto &inner : body)
    made.Add(std::move(inner));
  return llvm::Error::success();
}

llvm::Error Inliner::expand(NodeList &nodes, unsigned depth) {
  constexpr unsigned mostCalls = 64;
  if (depth > mostCalls)
    return invalid("functions call each other more than " +
                   llvm::Twine(mostCalls) + " deep, or in a circle");
  NodeList made;
  for (int i = 0; i < nodes.size(); ++i) {
    onnx::NodeProto &node = *nodes.Mutable(i);
    for (onnx::AttributeProto &attribute : *node.mutable_attribute()) {
      if (attribute.has_g())
        if (llvm::Error error =
                expand(*attribute.mutable_g()->mutable_node(), depth))
          return error;
      for (onnx::GraphProto &graph : *attribute.mutable_graphs())
        if (llvm::Error error = expand(*graph.mutable_node(), depth))
          return error;
    }
    auto found =
        functions.find({node.domain(), node.op_type(), node.overload()});
    if (found == functions.end()) {
      made.Add(std::move(node));
      continue;
    }
    if (llvm::Error error =
            expandCall(*found->second, node,
                       nodeTitle(node, static_cast<size_t>(i)), made, depth))
      return error;
  }
  nodes.Swap(&made);
  return llvm::Error::success();
}

llvm::Error Inliner::run() {
  if (model.functions_size() == 0 || !model.has_graph())
    return llvm::Error::success();
  for (const onnx::FunctionProto &function : model.functions()) {
    if (!functions
             .try_emplace(
                 {function.domain(), function.name(), function.overload()},
                 &function)
             .second)
      return invalid("function '" + function.name() + "' of domain '" +
                     function.domain() + "' is defined twice");
    if (llvm::Error error = checkOpsets(function))
      return error;
  }
  if (llvm::Error error = expand(*model.mutable_graph()->mutable_node(), 0))
    return error;
  model.clear_functions();
  return llvm::Error::success();
}

llvm::Error importer::inlineFunctions(onnx::ModelProto &model) {
  return Inliner(model).run();
}
