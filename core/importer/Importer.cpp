// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entry points of the importer.

#include "core/importer/Importer.h"

#include "core/importer/onnx/Graph.h"
#include "core/importer/onnx/model/ModelFile.h"

#include "llvm/Support/Path.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Imports; again with those of the offered inputs bound whose contents the
/// first attempt asked for.
static llvm::Expected<ImportedModel> importFile(mlir::MLIRContext &context,
                                                const ModelFile &file,
                                                ImportOptions options,
                                                const std::string &folder) {
  for (;;) {
    GraphImporter importer(context, file, options, folder);
    llvm::Expected<ImportedModel> model = importer.run();
    if (model)
      return model;
    bool changed = false;
    for (const std::string &name : importer.wantedInputs()) {
      auto offer = options.offers.find(name);
      if (offer != options.offers.end())
        changed |= options.bindings.insert(*offer).second;
    }
    if (!changed)
      return model;
    llvm::consumeError(model.takeError());
  }
}

using File = std::unique_ptr<ModelFile>;

static llvm::Expected<File> parse(llvm::Expected<Bytes> bytes) {
  if (!bytes)
    return bytes.takeError();
  return ModelFile::parse(std::move(*bytes));
}

llvm::Expected<ImportedModel>
glowplug::importModel(mlir::MLIRContext &context, llvm::StringRef path,
                      const ImportOptions &options) {
  llvm::Expected<File> file = parse(readFile(path));
  if (!file)
    return file.takeError();
  return importFile(context, **file, options,
                    llvm::sys::path::parent_path(path).str());
}

llvm::Expected<ImportedModel>
glowplug::importModelBytes(mlir::MLIRContext &context,
                           llvm::ArrayRef<uint8_t> bytes,
                           const ImportOptions &options) {
  llvm::Expected<File> file = parse(copyBytes(bytes));
  if (!file)
    return file.takeError();
  return importFile(context, **file, options, options.externalDataFolder);
}

static llvm::Expected<std::vector<DeclaredInput>>
declaredBy(llvm::Expected<File> file) {
  if (!file)
    return file.takeError();
  return readDeclaredInputs(**file);
}

llvm::Expected<std::vector<DeclaredInput>>
glowplug::declaredInputs(llvm::StringRef path) {
  return declaredBy(parse(readFile(path)));
}

llvm::Expected<std::vector<DeclaredInput>>
glowplug::declaredInputsBytes(llvm::ArrayRef<uint8_t> bytes) {
  return declaredBy(parse(copyBytes(bytes)));
}
