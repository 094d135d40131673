// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The import of one graph: values by name, and the walk over its nodes.

#pragma once

#include "core/fold/Evaluate.h"
#include "core/importer/Importer.h"
#include "core/importer/onnx/Handler.h"
#include "core/importer/onnx/model/Tensors.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <set>

namespace onnx {
class GraphProto;
class ValueInfoProto;
} // namespace onnx

namespace glowplug::importer {

/// Imports a model's graph into a function. Used once.
class GraphImporter {
public:
  GraphImporter(mlir::MLIRContext &context, const ModelFile &file,
                const ImportOptions &options, const std::string &folder);

  llvm::Expected<ImportedModel> run();

  /// Inputs whose contents were asked for, and that are not bound.
  const std::set<std::string> &wantedInputs() const { return wanted; }

private:
  friend class Node;

  /// What a name stands for. Constants become operations when they are used.
  struct Definition {
    Value value;
    const onnx::TensorProto *initializer = nullptr;
    std::optional<Tensor> tensor;
  };

  // The model as a whole
  llvm::Error readOpsets();
  llvm::Error checkOperators();
  llvm::Error importInitializers();
  llvm::Error importInputs();
  llvm::Error importNodes();
  llvm::Error importOutputs();
  llvm::Error checkOptions();

  // Parts
  llvm::Error define(StringRef name, Definition definition, const Twine &what);
  llvm::Error bindInput(TensorInfo info, const Tensor &tensor, size_t position);
  llvm::Error importNode(const onnx::NodeProto &proto, size_t index);
  llvm::Error checkNewOperations(mlir::Operation *before, const Node &node);
  int64_t opsetOf(StringRef domain) const;

  // For nodes
  Definition *find(StringRef name);
  llvm::Error checkUse(StringRef name, const std::string &where);
  Value valueOf(StringRef name);
  /// The contents of \p name, if they are known at compile time; else \p why,
  /// unless null, says what is in the way.
  std::optional<Tensor> tensorOf(StringRef name, Fault *why);
  Value makeConstant(const Tensor &tensor, StringRef name);
  /// The contents of a value that is computed; see ConstantValue.cpp.
  std::optional<Tensor> constantValue(Value value, Fault *why);

  mlir::MLIRContext &context;
  const ModelFile &file;
  const onnx::GraphProto &graph;
  const ImportOptions &options;
  TensorSource source;
  mlir::OpBuilder builder;
  mlir::func::FuncOp function;
  llvm::StringMap<Definition> values;
  std::map<std::string, int64_t, std::less<>> opsets;
  std::set<std::string> usedDims, wanted;
  Evaluator evaluator;
  ImportedModel model;
  int64_t operations = 0, totalBytes = 0, madeBytes = 0;
};

/// The inputs that a model declares, constants left out.
llvm::Expected<std::vector<DeclaredInput>>
readDeclaredInputs(const ModelFile &file);

} // namespace glowplug::importer
