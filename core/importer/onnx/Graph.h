// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The import of one ONNX graph: what the model declares, and the walk over its
/// nodes.

#pragma once

#include "core/importer/build/GraphBuilder.h"
#include "core/importer/onnx/model/Tensors.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::onnx {
class GraphProto;
class NodeProto;
class TypeProto;
class ValueInfoProto;
} // namespace glowplug::onnx

namespace glowplug::importer {

/// What is wrong with the operator of a node, apart from its inputs' types;
/// empty if it can be imported. \p opset is that of its domain, or 0.
std::string whyUnsupported(const onnx::NodeProto &proto, int64_t opset);

/// Imports a model's graph into a function. Used once.
class GraphImporter : public InnerGraphs {
public:
  /// \p folder is where external data lies.
  GraphImporter(mlir::MLIRContext &context, const ModelFile &file,
                const ImportOptions &options, const std::string &folder);

  llvm::Expected<ImportedModel> run();

  /// Looks at what the model declares and at all operators, and imports
  /// nothing; instead of run().
  ImportSummary summarise();

  const std::set<std::string> &wantedInputs() const {
    return builder.wantedInputs();
  }

  llvm::Error importInner(const onnx::GraphProto &inner) override;

private:
  /// Counts \p steps of work on graphs within nodes. Loops that are unrolled
  /// repeat what the file says once, and may nest.
  llvm::Error spend(uint64_t steps);
  llvm::Error readOpsets();
  llvm::Error checkOperators();
  llvm::Error importInitializers(const onnx::GraphProto &of);
  llvm::Error importInputs();
  llvm::Error importNodes(const onnx::GraphProto &of);
  llvm::Error importNode(const onnx::NodeProto &proto, size_t index);
  llvm::Error importOutputs();
  llvm::Error checkStorage(const onnx::ValueInfoProto &info,
                           const std::string &where);
  int64_t opsetOf(StringRef domain) const;
  /// Adds the nodes of \p graph and its bodies. \p place is empty, or says in
  /// which body it is.
  void summarise(const onnx::GraphProto &graph, const std::string &place,
                 OperatorSummary &summary) const;

  const ModelFile &file;
  const onnx::GraphProto &graph;
  TensorSource source;
  StorageNames storage;
  GraphBuilder builder;
  std::map<std::string, int64_t, std::less<>> opsets;
  /// The order of the nodes of each graph that was met; its operators are
  /// supported.
  llvm::DenseMap<const onnx::GraphProto *, std::vector<int>> orders;
  uint64_t spent = 0;
};

/// A declared type, before symbolic dims have sizes. \p where begins messages.
llvm::Expected<DeclaredTensor> readDeclared(const onnx::ValueInfoProto &info,
                                            const std::string &where);

/// Whether it is a sequence of maps: what ZipMap makes, which is imported as a
/// tensor.
bool isOfMaps(const onnx::TypeProto &type);

/// The inputs that a model declares, constants left out.
llvm::Expected<std::vector<DeclaredTensor>>
readDeclaredInputs(const ModelFile &file);

} // namespace glowplug::importer
