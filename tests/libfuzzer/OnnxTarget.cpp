// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX models: read, checked and imported, with external data allowed.

#include "tests/libfuzzer/Harness.h"

#include "core/importer/Importer.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"

#include <cstdlib>

using namespace glowplug;

/// Where tensors beside the model would lie: a folder with one small file.
static const std::string &neighbours() {
  static const std::string folder = [] {
    llvm::SmallString<64> made;
    if (llvm::sys::fs::createUniqueDirectory("glowplug-fuzz", made))
      fuzz::defect("cannot make a folder");
    std::error_code error;
    llvm::raw_fd_ostream(made.str().str() + "/w.bin", error)
        << std::string(64, '\x01');
    return made.str().str();
  }();
  static const int atEnd =
      std::atexit([] { llvm::sys::fs::remove_directories(neighbours()); });
  (void)atEnd;
  return folder;
}

fuzz::Outcome fuzz::judge(llvm::ArrayRef<uint8_t> bytes) {
  const ImportSource source{"x.onnx", bytes, neighbours()};
  auto declared = declaredInputs(source);
  llvm::consumeError(declared.takeError());
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  ImportOptions options;
  options.allowExternalData = true;
  llvm::Expected<ImportedModel> model = importModel(context, source, options);
  return outcomeOf(model.takeError());
}
