// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a model file to IR: one function of prim and graph operations.

#pragma once

#include "core/importer/build/ImportedModel.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace glowplug {

/// A model file, or its bytes in memory, of any format that Fronts.h knows.
struct ImportSource {
  std::string path; ///< Of the file; of bytes, what they are called.
  /// Nothing: read the file.
  std::optional<llvm::ArrayRef<uint8_t>> bytes = std::nullopt;
  /// Where external data of bytes lies; a file has its own folder.
  std::string folder = {};
};

/// Imports the model \p source. Loads the dialects it needs into \p context.
/// Fails with one FaultError.
llvm::Expected<ImportedModel> importModel(mlir::MLIRContext &context,
                                          const ImportSource &source,
                                          const ImportOptions &options = {});

/// The inputs that a model declares, constants left out: for a caller who wants
/// to make inputs. Fails as importModel() does.
llvm::Expected<std::vector<DeclaredTensor>>
declaredInputs(const ImportSource &source);

/// What a model declares and uses, without importing it: never fails for what
/// is not supported.
llvm::Expected<ImportSummary> summariseModel(const ImportSource &source);

} // namespace glowplug
