// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model declares and uses, and what of it cannot be imported.

#include "core/importer/onnx/Graph.h"
#include "core/importer/onnx/model/ModelFile.h"
#include "core/importer/onnx/model/NodeOrder.h"
#include "core/support/FaultError.h"

#include "core/importer/onnx/proto/onnx.pb.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Nodes that are listed one by one.
static constexpr size_t mostListed = 1000;

/// Counts a node of the operator \p name.
static void count(const std::string &name, int64_t version,
                  std::vector<OperatorUse> &operators) {
  auto at = llvm::lower_bound(operators, name,
                              [](const OperatorUse &use, const auto &wanted) {
                                return use.name < wanted;
                              });
  if (at == operators.end() || at->name != name)
    at = operators.insert(at, {name, version, 0});
  ++at->nodes;
}

void GraphImporter::summarise(const onnx::GraphProto &graph,
                              const std::string &place,
                              OperatorSummary &summary) const {
  for (int i = 0; i < graph.node_size(); ++i) {
    const onnx::NodeProto &proto = graph.node(i);
    const bool isDefault =
        proto.domain().empty() || proto.domain() == "ai.onnx";
    const int64_t opset = opsetOf(isDefault ? "" : proto.domain());
    const std::string name =
        (isDefault ? "ai.onnx" : proto.domain()) + "." + proto.op_type();
    const std::string title = nodeTitle(proto, static_cast<size_t>(i)) + place;
    count(name, opset, summary.operators);
    const std::string why = whyUnsupported(proto, opset);
    if (!why.empty() && summary.unsupported.size() < mostListed)
      summary.unsupported.push_back({title, name, why});
    for (const onnx::AttributeProto &attribute : proto.attribute()) {
      const std::string inside = " in '" + attribute.name() + "' of " + title;
      if (attribute.has_g())
        summarise(attribute.g(), inside, summary);
      for (const onnx::GraphProto &body : attribute.graphs())
        summarise(body, inside, summary);
    }
  }
}

/// What \p info declares; if that is not supported, its name, and a problem.
static DeclaredTensor declared(const onnx::ValueInfoProto &info,
                               const std::string &where,
                               std::vector<std::string> &problems) {
  llvm::Expected<DeclaredTensor> read = readDeclared(info, where);
  if (read)
    return std::move(*read);
  problems.push_back(llvm::toString(read.takeError()));
  DeclaredTensor unknown;
  unknown.info.name = info.name();
  return unknown;
}

ImportSummary GraphImporter::summarise() {
  ImportSummary summary;
  std::vector<std::string> &problems = summary.operators.problems;
  if (llvm::Error error = readOpsets())
    problems.push_back(llvm::toString(std::move(error)));
  std::set<std::string> constants;
  for (const onnx::TensorProto &proto : graph.initializer())
    constants.insert(proto.name());
  for (const onnx::ValueInfoProto &info : graph.input())
    if (constants.count(info.name()) == 0)
      summary.inputs.push_back(
          declared(info, "input '" + info.name() + "'", problems));
  for (const onnx::ValueInfoProto &info : graph.output()) {
    // An output need not declare anything.
    std::vector<std::string> ignored;
    summary.outputs.push_back(declared(
        info, "output '" + info.name() + "'",
        info.has_type() && !isOfMaps(info.type()) ? problems : ignored));
  }
  summarise(graph, "", summary.operators);
  return summary;
}
