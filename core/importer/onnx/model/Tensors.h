// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tensors of a model file.

#pragma once

#include "core/importer/onnx/model/ModelFile.h"
#include "core/importer/onnx/model/StorageTypes.h"
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
/// "tensor 'NAME'". Storage types are not supported.
llvm::Expected<Tensor> readTensor(const onnx::TensorProto &proto,
                                  TensorSource &source);

/// A tensor of any type that can be read.
struct StoredTensor {
  Tensor tensor;
  const StorageType *storage = nullptr; ///< What its codes are of, if any.
};
/// As readTensor(); a tensor of a storage type is one of its codes.
llvm::Expected<StoredTensor> readStored(const onnx::TensorProto &proto,
                                        TensorSource &source);

/// Reads the external data of \p proto, as much as \p to holds.
llvm::Error readExternalData(const onnx::TensorProto &proto,
                             llvm::StringRef folder,
                             llvm::MutableArrayRef<uint8_t> to);

} // namespace glowplug::importer
