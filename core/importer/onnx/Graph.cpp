// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks over the nodes of a graph.

#include "core/importer/onnx/Graph.h"

#include "core/importer/file/Error.h"
#include "core/importer/onnx/model/Limits.h"
#include "core/importer/onnx/model/ModelFile.h"
#include "core/importer/onnx/model/NodeOrder.h"
#include "core/importer/onnx/ops/Registry.h"
#include "core/importer/onnx/ops/StorageUse.h"
#include "core/importer/onnx/ops/Varying.h"
#include "core/importer/onnx/proto/onnx.pb.h"

using namespace glowplug;
using namespace glowplug::importer;

GraphImporter::GraphImporter(mlir::MLIRContext &context, const ModelFile &file,
                             const ImportOptions &options,
                             const std::string &folder)
    : file(file), graph(file.model().graph()),
      builder(context, graph.name(), options, file.owner()) {
  source.file = &file;
  source.allowExternalData = options.allowExternalData;
  source.folder = folder;
}

static StringRef canonicalDomain(StringRef domain) {
  return domain == "ai.onnx" ? "" : domain;
}

int64_t GraphImporter::opsetOf(StringRef domain) const {
  auto entry = opsets.find(domain.str());
  return entry == opsets.end() ? 0 : entry->second;
}

std::string importer::whyUnsupported(const onnx::NodeProto &proto,
                                     int64_t opset) {
  const StringRef domain = canonicalDomain(proto.domain());
  if (opset == 0)
    return "the model imports no version of its operator set";
  const OpRow *row = findRow(domain, proto.op_type(), opset);
  if (!row)
    return nearestForm(domain, proto.op_type(), opset);
  if (!row->handler)
    return row->note.str();
  for (int i = row->outputs; i < proto.output_size(); ++i)
    if (!proto.output(i).empty())
      return "output " + std::to_string(i) +
             " is not supported; it is supported with " +
             std::to_string(row->outputs) +
             (row->outputs == 1 ? " output" : " outputs");
  return "";
}

namespace {

/// What is wrong with the operators of a graph and of those within it.
class OperatorCheck {
public:
  explicit OperatorCheck(llvm::function_ref<int64_t(StringRef)> opsetOf)
      : opsetOf(opsetOf) {}

  /// \p place is empty, or says in which body the graph is. \p mayBeSkipped: it
  /// is a branch, which nobody needs if the other one is taken.
  void check(const onnx::GraphProto &graph, const std::string &place,
             bool mayBeSkipped);
  /// Fails if something is wrong outside of branches; tells all of it.
  llvm::Error result() const;

private:
  llvm::function_ref<int64_t(StringRef)> opsetOf;
  static constexpr size_t most = 1000; ///< Lines of the message.
  std::string list;
  size_t number = 0;
  bool isFatal = false;
};

} // namespace

void OperatorCheck::check(const onnx::GraphProto &graph,
                          const std::string &place, bool mayBeSkipped) {
  for (int i = 0; i < graph.node_size(); ++i) {
    const onnx::NodeProto &proto = graph.node(i);
    const std::string title = nodeTitle(proto, static_cast<size_t>(i)) + place;
    for (const onnx::AttributeProto &attribute : proto.attribute())
      if (attribute.has_g())
        check(attribute.g(), " in '" + attribute.name() + "' of " + title,
              mayBeSkipped || proto.op_type() == "If");
    const StringRef domain = canonicalDomain(proto.domain());
    const int64_t opset = opsetOf(domain);
    const std::string why = whyUnsupported(proto, opset);
    if (why.empty())
      continue;
    isFatal |= !mayBeSkipped;
    if (++number <= most)
      list += "\n  " + title + ": " +
              (domain.empty() ? "ai.onnx" : domain.str()) + "." +
              proto.op_type() + " in opset " + std::to_string(opset) + ": " +
              why;
  }
}

llvm::Error OperatorCheck::result() const {
  if (!isFatal)
    return llvm::Error::success();
  const std::string more =
      number > most ? "\n  and " + std::to_string(number - most) + " more" : "";
  return unsupported(Twine(number) + (number == 1 ? " node is" : " nodes are") +
                     " not supported:" + list + more);
}

llvm::Error GraphImporter::checkOperators() {
  auto versionOf = [&](StringRef domain) { return opsetOf(domain); };
  OperatorCheck check(versionOf);
  check.check(graph, "", /*mayBeSkipped=*/false);
  return check.result();
}

llvm::Error GraphImporter::spend(uint64_t steps) {
  spent += steps;
  if (spent <= limits::nodes)
    return llvm::Error::success();
  return invalid(
      "the branches and unrolled loops of the model have more than " +
      Twine(limits::nodes) + " nodes");
}

llvm::Error GraphImporter::importInner(const onnx::GraphProto &inner) {
  if (!orders.contains(&inner)) {
    auto versionOf = [&](StringRef domain) { return opsetOf(domain); };
    OperatorCheck check(versionOf);
    check.check(inner, "", /*mayBeSkipped=*/false);
    if (llvm::Error error = check.result())
      return error;
  }
  constexpr uint64_t bytesPerStep = 4096;
  for (const onnx::TensorProto &tensor : inner.initializer())
    if (llvm::Error error = spend(1 + tensor.ByteSizeLong() / bytesPerStep))
      return error;
  if (llvm::Error error = importInitializers(inner))
    return error;
  return importNodes(inner);
}

/// Fails the node unless it has as many inputs as its operator takes.
static void checkInputs(Node &node, InputCount inputs) {
  const int count = static_cast<int>(node.numInputs());
  node.check(count >= inputs.least && count <= inputs.most,
             "needs " + Twine(inputs.least) +
                 (inputs.most == anyNumber      ? " or more"
                  : inputs.most == inputs.least ? ""
                                                : " to " + Twine(inputs.most)) +
                 " inputs, but has " + Twine(count));
  for (int i = 0; i < inputs.least; ++i)
    node.check(node.hasInput(static_cast<unsigned>(i)),
               "input " + Twine(i) + " is missing");
}

llvm::Error GraphImporter::importNode(const onnx::NodeProto &proto,
                                      size_t index) {
  for (const std::string &name : proto.input())
    if (!name.empty())
      if (llvm::Error error = builder.checkUse(name, nodeTitle(proto, index)))
        return error;
  const StringRef domain = canonicalDomain(proto.domain());
  const int64_t opset = opsetOf(domain);
  const OpRow *row = findRow(domain, proto.op_type(), opset);
  for (const std::string &name : proto.input())
    if (!row->sequences && builder.isSequence(name))
      return unsupported(nodeTitle(proto, index) + ": input '" + name +
                         "' is a sequence; tensors are supported");
  Node node(builder, proto, index, opset, source, storage, *this);
  checkInputs(node, row->inputs);
  prepareVarying(node, domain, proto.op_type());
  admitStorage(node, domain);
  if (!node.failed() && succeeded(row->handler(node)))
    node.checkAttributesRead();
  if (llvm::Error error = node.finish())
    return error;
  node.nameStorage();
  return llvm::Error::success();
}

llvm::Error GraphImporter::importNodes(const onnx::GraphProto &of) {
  if (!orders.contains(&of)) {
    // Converters append nodes to graphs, in spite of ONNX's rule of order.
    llvm::Expected<std::vector<int>> order = orderNodes(
        of.node(), [&](StringRef name) { return builder.isDefined(name); });
    if (!order)
      return invalid(llvm::toString(order.takeError()));
    orders[&of] = std::move(*order);
  }
  const std::vector<int> order = orders.at(&of); // the map grows meanwhile
  for (int i : order) {
    if (&of != &graph)
      if (llvm::Error error = spend(1))
        return error;
    if (llvm::Error error = importNode(of.node(i), static_cast<size_t>(i)))
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<ImportedModel> GraphImporter::run() {
  if (llvm::Error error = readOpsets())
    return std::move(error);
  if (llvm::Error error = checkOperators())
    return std::move(error);
  if (llvm::Error error = importInitializers(graph))
    return std::move(error);
  if (llvm::Error error = importInputs())
    return std::move(error);
  if (llvm::Error error = importNodes(graph))
    return std::move(error);
  if (llvm::Error error = importOutputs())
    return std::move(error);
  return builder.finish();
}
