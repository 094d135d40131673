// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tensors in files of ONNX's TensorProto, as its backend tests have them.

#pragma once

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

/// Writes \p tensor beside \p path and renames it, so that there is never half
/// a file.
llvm::Error writeTensorFile(llvm::StringRef path, llvm::StringRef name,
                            const Tensor &tensor);

} // namespace glowplug
