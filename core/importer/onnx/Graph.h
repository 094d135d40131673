// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The import of one ONNX graph: what the model declares, and the walk over its
/// nodes.

#pragma once

#include "core/importer/build/GraphBuilder.h"
#include "core/importer/onnx/model/Tensors.h"
#include "core/importer/onnx/node/Handler.h"

namespace onnx {
class GraphProto;
class NodeProto;
} // namespace onnx

namespace glowplug::importer {

/// Imports a model's graph into a function. Used once.
class GraphImporter : public InnerGraphs {
public:
  /// \p folder is where external data lies.
  GraphImporter(mlir::MLIRContext &context, const ModelFile &file,
                const ImportOptions &options, const std::string &folder);

  llvm::Expected<ImportedModel> run();

  const std::set<std::string> &wantedInputs() const {
    return builder.wantedInputs();
  }

  llvm::Error importInner(const onnx::GraphProto &inner) override;

private:
  llvm::Error readOpsets();
  llvm::Error checkOperators();
  llvm::Error importInitializers(const onnx::GraphProto &of);
  llvm::Error importInputs();
  llvm::Error importNodes(const onnx::GraphProto &of);
  llvm::Error importNode(const onnx::NodeProto &proto, size_t index);
  llvm::Error importOutputs();
  int64_t opsetOf(StringRef domain) const;

  const ModelFile &file;
  const onnx::GraphProto &graph;
  TensorSource source;
  GraphBuilder builder;
  std::map<std::string, int64_t, std::less<>> opsets;
};

/// The inputs that a model declares, constants left out.
llvm::Expected<std::vector<DeclaredTensor>>
readDeclaredInputs(const ModelFile &file);

} // namespace glowplug::importer
