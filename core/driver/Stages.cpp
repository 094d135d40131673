// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs passes over a model.

#include "core/driver/Stages.h"

#include "core/image/Verify.h"
#include "core/lowering/Passes.h"

#include "mlir/Pass/PassManager.h"

using namespace glowplug;
using namespace mlir;

/// Runs \p passes on \p module; a failure says what the passes said.
static llvm::Error run(PassManager &passes, ModuleOp module) {
  std::string messages;
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            messages.empty())
          llvm::raw_string_ostream(messages)
              << locationName(diagnostic.getLocation()) << ": " << diagnostic;
        return success();
      });
  if (failed(passes.run(module)))
    return llvm::make_error<DriverError>(Fault::model, messages);
  return llvm::Error::success();
}

llvm::Expected<Image> glowplug::referenceImage(const ImportedModel &model,
                                               SegmentHashes &hashes) {
  OwningOpRef<ModuleOp> copy = model.module.get().clone();
  PassManager passes(copy->getContext());
  passes.addNestedPass<func::FuncOp>(createLowerGraph());
  if (llvm::Error error = run(passes, *copy))
    return std::move(error);
  WriterOptions options;
  options.name = model.name;
  options.hashes = &hashes;
  llvm::Expected<Image> image =
      writeImage(copy->lookupSymbol<func::FuncOp>("main"), options);
  if (!image)
    return image.takeError();
  if (llvm::Error error = verifyImage(image->bytes))
    return std::move(error);
  return image;
}

llvm::Error glowplug::optimise(const ImportedModel &model, IrDump &dump) {
  PassManager passes(model.module.get().getContext());
  if (auto instrumentation = dump.instrumentation())
    passes.addInstrumentation(std::move(instrumentation));
  passes.addNestedPass<func::FuncOp>(createLowerGraph());
  return run(passes, *model.module);
}
