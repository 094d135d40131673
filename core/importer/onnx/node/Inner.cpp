// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The import of graphs that are attributes of a node.

#include "core/importer/file/Error.h"
#include "core/importer/onnx/node/Handler.h"

#include "core/importer/onnx/proto/onnx.pb.h"

using namespace glowplug;
using namespace glowplug::importer;

llvm::Expected<SmallVector<Meaning>>
Node::importGraph(const onnx::GraphProto &body, ArrayRef<Meaning> inputs) {
  const std::string where = "graph '" + body.name() + "'";
  if (static_cast<size_t>(body.input_size()) != inputs.size())
    return invalid(where + " needs " + Twine(inputs.size()) +
                   " inputs, but has " + Twine(body.input_size()));
  for (auto [info, given] : llvm::zip_equal(body.input(), inputs))
    if (llvm::Error error =
            graph.define(info.name(), given, "input '" + info.name() + "'"))
      return std::move(error);
  if (llvm::Error error = inner.importInner(body))
    return std::move(error);
  SmallVector<Meaning> results;
  for (const onnx::ValueInfoProto &info : body.output()) {
    if (llvm::Error error =
            graph.checkUse(info.name(), "output '" + info.name() + "'"))
      return std::move(error);
    if (const StorageType *type = storageNames.lookup(info.name()))
      return importer::unsupported("output '" + info.name() +
                                   "' of a branch or a loop is of type " +
                                   type->name + ", which is not supported");
    results.push_back(graph.meaningOf(info.name()));
  }
  return results;
}

std::optional<SmallVector<Meaning>>
Node::inlineGraph(const onnx::GraphProto &body, ArrayRef<Meaning> inputs) {
  if (failed())
    return std::nullopt;
  graph.openScope();
  llvm::Expected<SmallVector<Meaning>> results = importGraph(body, inputs);
  graph.closeScope();
  countAnew();
  if (results)
    return std::move(*results);
  (void)stop(faultOf(results.takeError(), FaultKind::model));
  return std::nullopt;
}
