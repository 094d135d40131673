// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The table of formats.

#pragma once

#include "core/importer/build/ImportedModel.h"
#include "core/importer/file/Bytes.h"

namespace glowplug::importer {

/// The reader of one format.
struct Front {
  llvm::StringLiteral name;
  /// Whether a file is of this format, by how it begins and by its name. Null
  /// for the last row, which takes what no other does.
  bool (*recognises)(llvm::ArrayRef<uint8_t> bytes, llvm::StringRef path);
  llvm::Expected<ImportedModel> (*import)(mlir::MLIRContext &context,
                                          Bytes bytes,
                                          const std::string &folder,
                                          const ImportOptions &options);
  llvm::Expected<std::vector<DeclaredTensor>> (*declaredInputs)(Bytes bytes);
  llvm::Expected<ImportSummary> (*summarise)(Bytes bytes);
};

/// The front of a file.
const Front &frontFor(llvm::ArrayRef<uint8_t> bytes, llvm::StringRef path);

} // namespace glowplug::importer
