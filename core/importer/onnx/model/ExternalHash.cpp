// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One hash of all the data that a model has in other files.

#include "core/importer/onnx/model/ExternalHash.h"

#include "core/importer/onnx/model/Tensors.h"
#include "core/importer/onnx/proto/onnx.pb.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// Collects the hash of each tensor that has external data. How deep graphs may
/// nest, parseModel() bounds.
class Hasher {
public:
  explicit Hasher(const std::string &folder) {
    source.allowExternalData = true;
    source.folder = folder;
  }

  llvm::Error visit(const onnx::TensorProto &tensor);
  llvm::Error visit(const onnx::SparseTensorProto &tensor);
  llvm::Error visit(const onnx::AttributeProto &attribute);
  llvm::Error visit(const onnx::NodeProto &node) {
    return visitAll(node.attribute());
  }
  llvm::Error visit(const onnx::GraphProto &graph);
  llvm::Error visit(const onnx::FunctionProto &function);

  template <typename List>
  llvm::Error visitAll(const List &list) {
    for (const auto &entry : list)
      if (llvm::Error error = visit(entry))
        return error;
    return llvm::Error::success();
  }

  std::vector<uint8_t> hashes;

private:
  TensorSource source;
};

} // namespace

llvm::Error Hasher::visit(const onnx::TensorProto &tensor) {
  if (tensor.data_location() != onnx::TensorProto::EXTERNAL)
    return llvm::Error::success();
  llvm::Expected<StoredTensor> contents = readStored(tensor, source);
  if (!contents)
    return contents.takeError();
  const Sha256 hash = sha256(contents->tensor.bytes());
  hashes.insert(hashes.end(), hash.begin(), hash.end());
  return llvm::Error::success();
}

llvm::Error Hasher::visit(const onnx::SparseTensorProto &tensor) {
  if (llvm::Error error = visit(tensor.values()))
    return error;
  return visit(tensor.indices());
}

llvm::Error Hasher::visit(const onnx::AttributeProto &attribute) {
  if (llvm::Error error = visit(attribute.t()))
    return error;
  if (attribute.has_g())
    if (llvm::Error error = visit(attribute.g()))
      return error;
  if (llvm::Error error = visit(attribute.sparse_tensor()))
    return error;
  if (llvm::Error error = visitAll(attribute.tensors()))
    return error;
  if (llvm::Error error = visitAll(attribute.graphs()))
    return error;
  return visitAll(attribute.sparse_tensors());
}

llvm::Error Hasher::visit(const onnx::GraphProto &graph) {
  if (llvm::Error error = visitAll(graph.node()))
    return error;
  if (llvm::Error error = visitAll(graph.initializer()))
    return error;
  return visitAll(graph.sparse_initializer());
}

llvm::Error Hasher::visit(const onnx::FunctionProto &function) {
  if (llvm::Error error = visitAll(function.node()))
    return error;
  return visitAll(function.attribute_proto());
}

llvm::Expected<Sha256> importer::hashExternalData(llvm::ArrayRef<uint8_t> bytes,
                                                  llvm::StringRef folder) {
  llvm::Expected<onnx::ModelProto> model = parseModel(bytes);
  if (!model)
    return model.takeError();
  Hasher hasher(folder.str());
  if (llvm::Error error = hasher.visit(model->graph()))
    return std::move(error);
  if (llvm::Error error = hasher.visitAll(model->functions()))
    return std::move(error);
  return sha256(hasher.hashes);
}
