// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The import of graphs that are attributes of a node.

#include "core/importer/file/Error.h"
#include "core/importer/onnx/node/Handler.h"

#include "core/importer/onnx/proto/onnx.pb.h"

using namespace glowplug;
using namespace glowplug::importer;

llvm::Expected<SmallVector<Value>>
Node::importGraph(const onnx::GraphProto &body, ArrayRef<InnerInput> inputs) {
  const std::string where = "graph '" + body.name() + "'";
  if (static_cast<size_t>(body.input_size()) != inputs.size())
    return invalid(where + " needs " + Twine(inputs.size()) +
                   " inputs, but has " + Twine(body.input_size()));
  for (auto [info, given] : llvm::zip_equal(body.input(), inputs)) {
    const std::string &name = info.name();
    const Twine title = "input '" + name + "'";
    llvm::Error error =
        std::holds_alternative<Tensor>(given)
            ? graph.defineConstant(name, std::get<Tensor>(given), title)
            : graph.defineValue(name, std::get<Value>(given), title);
    if (error)
      return std::move(error);
  }
  if (llvm::Error error = inner.importInner(body))
    return std::move(error);
  SmallVector<Value> results;
  for (const onnx::ValueInfoProto &info : body.output()) {
    if (llvm::Error error =
            graph.checkUse(info.name(), "output '" + info.name() + "'"))
      return std::move(error);
    if (graph.isSequence(info.name()))
      return importer::unsupported(
          "output '" + info.name() +
          "' of a branch or a loop is a sequence; tensors are "
          "supported");
    if (const StorageType *type = storageNames.lookup(info.name()))
      return importer::unsupported("output '" + info.name() +
                                   "' of a branch or a loop is of type " +
                                   type->name + ", which is not supported");
    results.push_back(graph.valueOf(info.name()));
  }
  return results;
}

std::optional<SmallVector<Value>>
Node::inlineGraph(const onnx::GraphProto &body, ArrayRef<InnerInput> inputs) {
  if (failed())
    return std::nullopt;
  graph.openScope();
  llvm::Expected<SmallVector<Value>> results = importGraph(body, inputs);
  graph.closeScope();
  countAnew();
  if (results)
    return std::move(*results);
  (void)stop(faultOf(results.takeError(), FaultKind::model));
  return std::nullopt;
}
