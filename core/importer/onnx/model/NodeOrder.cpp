// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sorts nodes by a walk in depth from each to the makers of its inputs.

#include "core/importer/onnx/model/NodeOrder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace glowplug;
using namespace glowplug::importer;

std::string importer::nodeTitle(const onnx::NodeProto &node, size_t index) {
  const std::string name =
      node.name().empty() ? std::to_string(index) : "'" + node.name() + "'";
  return "node " + name + " (" + node.op_type() + ")";
}

//===----------------------------------------------------------------------===//
// Uses
//===----------------------------------------------------------------------===//

using UseCallback = llvm::function_ref<void(llvm::StringRef)>;

static void visitUses(const onnx::NodeProto &node, UseCallback use);

static llvm::StringSet<> givenNames(const onnx::GraphProto &graph) {
  llvm::StringSet<> names;
  for (const onnx::ValueInfoProto &info : graph.input())
    names.insert(info.name());
  for (const onnx::TensorProto &tensor : graph.initializer())
    names.insert(tensor.name());
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    names.insert(tensor.values().name());
  return names;
}

/// The names that \p graph, which stands within a node, takes from outside.
static void visitCaptures(const onnx::GraphProto &graph, UseCallback use) {
  llvm::StringSet<> own = givenNames(graph);
  for (const onnx::NodeProto &node : graph.node())
    for (const std::string &name : node.output())
      own.insert(name);
  auto useIfForeign = [&](llvm::StringRef name) {
    if (!own.contains(name))
      use(name);
  };
  for (const onnx::NodeProto &node : graph.node())
    visitUses(node, useIfForeign);
  for (const onnx::ValueInfoProto &info : graph.output())
    useIfForeign(info.name());
}

static void visitUses(const onnx::NodeProto &node, UseCallback use) {
  for (const std::string &name : node.input())
    if (!name.empty())
      use(name);
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      visitCaptures(attribute.g(), use);
    for (const onnx::GraphProto &graph : attribute.graphs())
      visitCaptures(graph, use);
  }
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

namespace {

/// A node waits for another, which makes a value.
struct Wait {
  int maker;
  llvm::StringRef value;
};

/// One walk over a list of nodes.
class NodeSorter {
public:
  NodeSorter(const NodeList &nodes,
             llvm::function_ref<bool(llvm::StringRef)> isGiven);
  llvm::Expected<std::vector<int>> sort();

private:
  /// A node on the way from the one that the walk began with.
  struct Step {
    int node;
    size_t next = 0; ///< Of its waits: the first not looked at yet.
  };
  enum class State : uint8_t { fresh, open, done };

  llvm::Error walkFrom(int first);
  llvm::Error cycleError(int node) const;
  std::string title(int node) const {
    return nodeTitle(nodes.Get(node), static_cast<size_t>(node));
  }

  const NodeList &nodes;
  std::vector<llvm::SmallVector<Wait, 2>> waits;
  std::vector<State> states;
  std::vector<Step> way; // not the call stack: models are deep
  std::vector<int> order;
};

} // namespace

NodeSorter::NodeSorter(const NodeList &nodes,
                       llvm::function_ref<bool(llvm::StringRef)> isGiven)
    : nodes(nodes), waits(static_cast<size_t>(nodes.size())),
      states(static_cast<size_t>(nodes.size()), State::fresh) {
  // Of two nodes that make one name, which is an error, the first counts.
  llvm::StringMap<int> makers;
  for (auto [i, node] : llvm::enumerate(nodes))
    for (const std::string &name : node.output())
      if (!name.empty() && !isGiven(name))
        makers.try_emplace(name, static_cast<int>(i));
  for (auto [i, node] : llvm::enumerate(nodes))
    visitUses(node, [&, i = i](llvm::StringRef name) {
      auto maker = makers.find(name);
      if (maker != makers.end())
        waits[i].push_back({maker->second, name});
    });
}

llvm::Expected<std::vector<int>> NodeSorter::sort() {
  for (int i = 0; i < nodes.size(); ++i)
    if (llvm::Error error = walkFrom(i))
      return error;
  return std::move(order);
}

llvm::Error NodeSorter::walkFrom(int first) {
  auto stateOf = [&](int node) -> State & {
    return states[static_cast<size_t>(node)];
  };
  auto enter = [&](int node) {
    stateOf(node) = State::open;
    way.push_back({node});
  };
  if (stateOf(first) == State::fresh)
    enter(first);
  while (!way.empty()) {
    Step &step = way.back();
    const auto &pending = waits[static_cast<size_t>(step.node)];
    if (step.next == pending.size()) {
      stateOf(step.node) = State::done;
      order.push_back(step.node);
      way.pop_back();
      continue;
    }
    const int maker = pending[step.next++].maker;
    if (stateOf(maker) == State::open)
      return cycleError(maker);
    if (stateOf(maker) == State::fresh)
      enter(maker);
  }
  return llvm::Error::success();
}

/// Reports the cycle from \p node, which the walk has met again, to itself.
llvm::Error NodeSorter::cycleError(int node) const {
  constexpr size_t most = 8; // nodes of the message
  auto begin =
      llvm::find_if(way, [&](const Step &step) { return step.node == node; });
  const auto length = static_cast<size_t>(way.end() - begin);
  std::string text = title(node) + ": waits for itself:";
  for (size_t i = 0; i < length && i < most; ++i) {
    const Step &step = begin[static_cast<std::ptrdiff_t>(i)];
    const Wait &wait = waits[static_cast<size_t>(step.node)][step.next - 1];
    text += (i == 0 ? " it needs '" : ", which needs '") + wait.value.str() +
            "' of " + title(wait.maker);
  }
  if (length > most)
    text += ", and so on over " + std::to_string(length) + " nodes";
  return llvm::createStringError(text);
}

llvm::Expected<std::vector<int>>
importer::orderNodes(const NodeList &nodes,
                     llvm::function_ref<bool(llvm::StringRef)> isGiven) {
  return NodeSorter(nodes, isGiven).sort();
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

static llvm::Error sortGraph(onnx::GraphProto &graph);

static llvm::Error sortList(NodeList &nodes,
                            llvm::function_ref<bool(llvm::StringRef)> isGiven) {
  for (onnx::NodeProto &node : nodes)
    for (onnx::AttributeProto &attribute : *node.mutable_attribute()) {
      if (attribute.has_g())
        if (llvm::Error error = sortGraph(*attribute.mutable_g()))
          return error;
      for (onnx::GraphProto &graph : *attribute.mutable_graphs())
        if (llvm::Error error = sortGraph(graph))
          return error;
    }
  llvm::Expected<std::vector<int>> order = orderNodes(nodes, isGiven);
  if (!order)
    return order.takeError();
  if (llvm::is_sorted(*order))
    return llvm::Error::success();
  std::vector<onnx::NodeProto *> all(order->size());
  nodes.ExtractSubrange(0, nodes.size(), all.data());
  for (int i : *order)
    nodes.AddAllocated(all[static_cast<size_t>(i)]);
  return llvm::Error::success();
}

static llvm::Error sortGraph(onnx::GraphProto &graph) {
  const llvm::StringSet<> given = givenNames(graph);
  return sortList(*graph.mutable_node(),
                  [&](llvm::StringRef name) { return given.contains(name); });
}

llvm::Error importer::sortNodes(onnx::ModelProto &model) {
  for (onnx::FunctionProto &function : *model.mutable_functions()) {
    llvm::StringSet<> given;
    for (const std::string &name : function.input())
      given.insert(name);
    if (llvm::Error error =
            sortList(*function.mutable_node(), [&](llvm::StringRef name) {
              return given.contains(name);
            }))
      return error;
  }
  if (!model.has_graph())
    return llvm::Error::success();
  return sortGraph(*model.mutable_graph());
}
