// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entry points of the ONNX front.

#include "core/importer/onnx/Onnx.h"

#include "core/importer/onnx/Graph.h"
#include "core/importer/onnx/model/ModelFile.h"

using namespace glowplug;
using namespace glowplug::importer;

llvm::Expected<ImportedModel>
importer::importOnnx(mlir::MLIRContext &context, Bytes bytes,
                     const std::string &folder, const ImportOptions &options) {
  llvm::Expected<std::unique_ptr<ModelFile>> file =
      ModelFile::parse(std::move(bytes));
  if (!file)
    return file.takeError();
  return importWithOffers(
      options, [&](const ImportOptions &now, std::set<std::string> &wanted) {
        GraphImporter importer(context, **file, now, folder);
        llvm::Expected<ImportedModel> model = importer.run();
        wanted = importer.wantedInputs();
        return model;
      });
}

llvm::Expected<ImportSummary> importer::summariseOnnx(Bytes bytes) {
  llvm::Expected<std::unique_ptr<ModelFile>> file =
      ModelFile::parse(std::move(bytes));
  if (!file)
    return file.takeError();
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  return GraphImporter(context, **file, ImportOptions(), "").summarise();
}

llvm::Expected<std::vector<DeclaredTensor>> importer::onnxInputs(Bytes bytes) {
  llvm::Expected<std::unique_ptr<ModelFile>> file =
      ModelFile::parse(std::move(bytes));
  if (!file)
    return file.takeError();
  return readDeclaredInputs(**file);
}
