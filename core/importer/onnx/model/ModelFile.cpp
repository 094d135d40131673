// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parses models within limits.

#include "core/importer/onnx/model/ModelFile.h"

#include "core/importer/file/Error.h"
#include "core/importer/onnx/model/Functions.h"
#include "core/importer/onnx/model/Limits.h"
#include "core/importer/onnx/model/Wire.h"
#include "core/importer/onnx/proto/onnx.pb.h"

#include <google/protobuf/io/coded_stream.h>

using namespace glowplug;
using namespace glowplug::importer;

/// Parses \p bytes, which passed the walk over the wire format. Functions are
/// replaced by their nodes.
static llvm::Error parseMessage(llvm::ArrayRef<uint8_t> bytes,
                                onnx::ModelProto &model) {
  // Protobuf counts in int, and has limits of its own.
  if (bytes.size() > limits::modelBytes)
    return invalid("the model has " + llvm::Twine(bytes.size()) +
                   " bytes, and the limit is " +
                   llvm::Twine(limits::modelBytes));
  google::protobuf::io::CodedInputStream stream(bytes.data(),
                                                static_cast<int>(bytes.size()));
  stream.SetTotalBytesLimit(static_cast<int>(limits::modelBytes));
  stream.SetRecursionLimit(limits::messageDepth + 8);
  if (!model.ParsePartialFromCodedStream(&stream) ||
      !stream.ConsumedEntireMessage())
    return invalid("the file is not an ONNX model: protobuf refuses it");
  return inlineFunctions(model);
}

llvm::Expected<onnx::ModelProto>
importer::parseModel(llvm::ArrayRef<uint8_t> bytes) {
  if (llvm::Error error = checkModel(bytes))
    return error;
  onnx::ModelProto model;
  if (llvm::Error error = parseMessage(bytes, model))
    return error;
  return model;
}

ModelFile::~ModelFile() = default;

llvm::Expected<std::unique_ptr<ModelFile>> ModelFile::parse(Bytes bytes) {
  llvm::Expected<Skeleton> skeleton = walkModel({bytes.data, bytes.size});
  if (!skeleton)
    return skeleton.takeError();

  std::unique_ptr<ModelFile> file(new ModelFile());
  file->bytes = std::move(bytes);
  file->rawData.assign(skeleton->rawData.begin(), skeleton->rawData.end());
  file->proto = std::make_unique<onnx::ModelProto>();
  const std::string &message = skeleton->message;
  if (llvm::Error error = parseMessage(
          {reinterpret_cast<const uint8_t *>(message.data()), message.size()},
          *file->proto))
    return error;
  return file;
}

bool ModelFile::hasRaw(const onnx::TensorProto &tensor) const {
  return tensor.has_doc_string();
}

llvm::ArrayRef<uint8_t> ModelFile::raw(const onnx::TensorProto &tensor) const {
  size_t index = 0;
  const bool isNumber =
      !llvm::StringRef(tensor.doc_string()).getAsInteger(10, index);
  assert(isNumber && index < rawData.size() && "not a tensor of this model");
  (void)isNumber;
  return rawData[index];
}
