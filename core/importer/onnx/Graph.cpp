// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks over the nodes of a graph.

#include "core/importer/onnx/Graph.h"

#include "core/importer/file/Error.h"
#include "core/importer/onnx/model/ModelFile.h"
#include "core/importer/onnx/model/NodeOrder.h"
#include "core/importer/onnx/ops/Registry.h"

#include <onnx/onnx_pb.h>

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

/// Domain and name.
using OperatorNames = std::set<std::pair<std::string, std::string>>;

/// What is wrong with the operator of a node, apart from its inputs' types;
/// empty if it can be imported.
static std::string whyUnsupported(const onnx::NodeProto &proto, int64_t opset,
                                  const OperatorNames &functions) {
  if (functions.count({proto.domain(), proto.op_type()}) != 0)
    return "functions that a model defines are not supported; operators are";
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

llvm::Error GraphImporter::checkOperators() {
  constexpr size_t most = 1000; // lines of the message
  std::string list;
  size_t number = 0;
  OperatorNames functions;
  for (const onnx::FunctionProto &function : file.model().functions())
    functions.emplace(function.domain(), function.name());
  for (int i = 0; i < graph.node_size(); ++i) {
    const onnx::NodeProto &proto = graph.node(i);
    const int64_t opset = opsetOf(canonicalDomain(proto.domain()));
    const std::string why = whyUnsupported(proto, opset, functions);
    if (why.empty() || ++number > most)
      continue;
    const StringRef domain = canonicalDomain(proto.domain());
    list += "\n  " + nodeTitle(proto, static_cast<size_t>(i)) + ": " +
            (domain.empty() ? "ai.onnx" : domain.str()) + "." +
            proto.op_type() + " in opset " + std::to_string(opset) + ": " + why;
  }
  if (number == 0)
    return llvm::Error::success();
  if (number > most)
    list += "\n  and " + std::to_string(number - most) + " more";
  return unsupported(Twine(number) + (number == 1 ? " node is" : " nodes are") +
                     " not supported:" + list);
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
  Node node(builder, proto, index, opset, source);
  checkInputs(node, row->inputs);
  if (!node.failed() && succeeded(row->handler(node)))
    node.checkAttributesRead();
  return node.finish();
}

llvm::Error GraphImporter::importNodes() {
  // Converters append nodes to graphs, in spite of ONNX's rule of order.
  llvm::Expected<std::vector<int>> order = orderNodes(
      graph.node(), [&](StringRef name) { return builder.isDefined(name); });
  if (!order)
    return invalid(llvm::toString(order.takeError()));
  for (int i : *order)
    if (llvm::Error error = importNode(graph.node(i), static_cast<size_t>(i)))
      return error;
  return llvm::Error::success();
}

llvm::Expected<ImportedModel> GraphImporter::run() {
  for (auto step :
       {&GraphImporter::readOpsets, &GraphImporter::checkOperators,
        &GraphImporter::importInitializers, &GraphImporter::importInputs,
        &GraphImporter::importNodes, &GraphImporter::importOutputs})
    if (llvm::Error error = (this->*step)())
      return error;
  return builder.finish();
}
