// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One hash of all the data that a model has in other files.

#include "core/importer/onnx/model/ExternalHash.h"

#include "core/importer/onnx/model/Tensors.h"

#include <onnx/onnx_pb.h>

using namespace glowplug;
using namespace glowplug::importer;
namespace pb = google::protobuf;

/// Appends the hash of each tensor in \p message that has external data to
/// \p hashes. How deep messages may nest, parseModel() bounds.
static llvm::Error visit(const pb::Message &message, TensorSource &source,
                         std::vector<uint8_t> &hashes) {
  if (message.GetDescriptor() == onnx::TensorProto::descriptor()) {
    const auto &tensor = static_cast<const onnx::TensorProto &>(message);
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL)
      return llvm::Error::success();
    llvm::Expected<Tensor> contents = readTensor(tensor, source);
    if (!contents)
      return contents.takeError();
    const Sha256 hash = sha256(contents->bytes());
    hashes.insert(hashes.end(), hash.begin(), hash.end());
    return llvm::Error::success();
  }
  const pb::Reflection &reflection = *message.GetReflection();
  std::vector<const pb::FieldDescriptor *> fields;
  reflection.ListFields(message, &fields);
  for (const pb::FieldDescriptor *field : fields) {
    if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE)
      continue;
    const bool isList = field->is_repeated();
    const int count = isList ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i)
      if (llvm::Error error =
              visit(isList ? reflection.GetRepeatedMessage(message, field, i)
                           : reflection.GetMessage(message, field),
                    source, hashes))
        return error;
  }
  return llvm::Error::success();
}

llvm::Expected<Sha256> importer::hashExternalData(llvm::ArrayRef<uint8_t> bytes,
                                                  llvm::StringRef folder) {
  llvm::Expected<onnx::ModelProto> model = parseModel(bytes);
  if (!model)
    return model.takeError();
  TensorSource source;
  source.allowExternalData = true;
  source.folder = folder.str();
  std::vector<uint8_t> hashes;
  if (llvm::Error error = visit(*model, source, hashes))
    return std::move(error);
  return sha256(hashes);
}
