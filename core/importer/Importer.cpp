// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entry points of the importer.

#include "core/importer/Importer.h"

#include "core/importer/Fronts.h"

#include "llvm/Support/Path.h"

using namespace glowplug;
using namespace glowplug::importer;

static llvm::Expected<Bytes> bytesOf(const ImportSource &source) {
  return source.bytes ? copyBytes(*source.bytes) : readFile(source.path);
}

static const Front &frontOf(const ImportSource &source, const Bytes &bytes) {
  return frontFor({bytes.data, bytes.size}, source.path);
}

llvm::Expected<ImportedModel>
glowplug::importModel(mlir::MLIRContext &context, const ImportSource &source,
                      const ImportOptions &options) {
  llvm::Expected<Bytes> bytes = bytesOf(source);
  if (!bytes)
    return bytes.takeError();
  const std::string folder =
      source.bytes ? source.folder
                   : llvm::sys::path::parent_path(source.path).str();
  return frontOf(source, *bytes)
      .import(context, std::move(*bytes), folder, options);
}

llvm::Expected<ImportSummary>
glowplug::summariseModel(const ImportSource &source) {
  llvm::Expected<Bytes> bytes = bytesOf(source);
  if (!bytes)
    return bytes.takeError();
  return frontOf(source, *bytes).summarise(std::move(*bytes));
}

llvm::Expected<std::vector<DeclaredTensor>>
glowplug::declaredInputs(const ImportSource &source) {
  llvm::Expected<Bytes> bytes = bytesOf(source);
  if (!bytes)
    return bytes.takeError();
  return frontOf(source, *bytes).declaredInputs(std::move(*bytes));
}
