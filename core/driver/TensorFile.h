// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tensors in files of ONNX's TensorProto, as its backend tests have them.

#pragma once

#include "core/driver/OpenInputs.h"
#include "core/support/Tensor.h"

#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace glowplug {

struct NamedTensor {
  std::string name; ///< May be empty.
  Tensor tensor;
};

/// Reads one tensor of a type that the primitive set has. Messages begin with
/// the path.
llvm::Expected<NamedTensor> readTensorFile(llvm::StringRef path);

/// Reads FOLDER/PREFIX_0.pb, PREFIX_1.pb, ... up to the first that is not
/// there.
llvm::Expected<std::vector<NamedTensor>>
readTensorFolder(llvm::StringRef folder, llvm::StringRef prefix);

/// The values of an ONNX backend test, as tensors.
struct FolderValues {
  /// Elements of sequences have the names of OpenSizes.h.
  std::vector<NamedTensor> tensors;
  OpenSizes sizes; ///< Lengths of sequences, and which optionals are there.
};

/// The same of the values that \p declared are, which may be sequences and
/// optionals. What a file does not name has the declared name.
llvm::Expected<FolderValues>
readValueFolder(llvm::StringRef folder, llvm::StringRef prefix,
                llvm::ArrayRef<ModelInput> declared);

/// Writes \p tensor beside \p path and renames it, so that there is never half
/// a file.
llvm::Error writeTensorFile(llvm::StringRef path, llvm::StringRef name,
                            const Tensor &tensor);

} // namespace glowplug
