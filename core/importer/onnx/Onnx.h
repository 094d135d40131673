// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The ONNX front.

#pragma once

#include "core/importer/build/ImportedModel.h"
#include "core/importer/file/Bytes.h"

namespace glowplug::importer {

/// Imports the ONNX model \p bytes. \p folder is where external data lies.
llvm::Expected<ImportedModel> importOnnx(mlir::MLIRContext &context,
                                         Bytes bytes, const std::string &folder,
                                         const ImportOptions &options);

/// The inputs that the model declares, constants left out.
llvm::Expected<std::vector<DeclaredTensor>> onnxInputs(Bytes bytes);

/// What the model declares and uses.
llvm::Expected<ImportSummary> summariseOnnx(Bytes bytes);

} // namespace glowplug::importer
