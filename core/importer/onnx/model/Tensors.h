// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tensors of a model file.

#pragma once

#include "core/importer/onnx/model/ModelFile.h"
#include "core/support/Tensor.h"

namespace glowplug::importer {

/// Where tensors come from.
struct TensorSource {
  /// The file that has the raw data; null: each tensor has its own.
  const ModelFile *file = nullptr;
  bool allowExternalData = false;
  std::string folder; ///< Of external data.
  /// Bytes read so far; bounded by limits::constantBytes.
  int64_t bytes = 0;
};

/// The contents of a tensor; checked: type, shape, and that there is data of
/// exactly that size. Booleans are 0 or 1. Borrows the bytes of the file, or of
/// \p proto, where they are aligned, else holds a copy. Messages begin with
/// "tensor 'NAME'".
llvm::Expected<Tensor> readTensor(const onnx::TensorProto &proto,
                                  TensorSource &source);

/// Reads the external data of \p proto, as much as \p to holds.
llvm::Error readExternalData(const onnx::TensorProto &proto,
                             llvm::StringRef folder,
                             llvm::MutableArrayRef<uint8_t> to);

} // namespace glowplug::importer
