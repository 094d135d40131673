// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From bytes to protobuf messages, within limits.

#pragma once

#include "core/importer/file/Bytes.h"

#include <vector>

namespace glowplug::onnx {
class ModelProto;
class TensorProto;
} // namespace glowplug::onnx

namespace glowplug::importer {

/// Parses a whole model, with its raw data and comments, for code that writes
/// it again. Holds it to the limits that ModelFile holds it to.
llvm::Expected<onnx::ModelProto> parseModel(llvm::ArrayRef<uint8_t> bytes);

/// A parsed model. Raw data of tensors is not in the messages: it stays in the
/// file's bytes, and `raw()` finds it.
class ModelFile {
public:
  static llvm::Expected<std::unique_ptr<ModelFile>> parse(Bytes bytes);
  ~ModelFile();

  const onnx::ModelProto &model() const { return *proto; }

  bool hasRaw(const onnx::TensorProto &tensor) const;
  /// The field raw_data of \p tensor, which belongs to this model; starts at a
  /// multiple of 8 where there was room to move it, which is nearly always.
  llvm::ArrayRef<uint8_t> raw(const onnx::TensorProto &tensor) const;
  /// Keeps the bytes that raw() returns alive.
  std::shared_ptr<const void> owner() const { return bytes.owner; }

private:
  ModelFile() = default;
  Bytes bytes;
  std::vector<llvm::ArrayRef<uint8_t>> rawData;
  std::unique_ptr<onnx::ModelProto> proto;
};

} // namespace glowplug::importer
