// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The stages of a compile, on the inside of the compiler's library.

#pragma once

#include "core/driver/Compiler.h"
#include "core/driver/DumpIr.h"
#include "core/importer/Importer.h"
#include "core/partition/Partition.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"

#include <memory>

namespace glowplug {

/// A failure with its kind, on its way to the caller.
class DriverError : public llvm::ErrorInfo<DriverError> {
public:
  static char ID;
  DriverError(Fault fault, std::string message)
      : kind(fault), text(std::move(message)) {}
  Fault fault() const { return kind; }
  void log(llvm::raw_ostream &os) const override { os << text; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

private:
  Fault kind;
  std::string text;
};

/// \p error as the fault of \p fault; a DriverError stays as it is.
llvm::Error blame(Fault fault, llvm::Error error);

/// An error of the importer, with its kind.
llvm::Error importFailure(llvm::Error error);

/// What \p error says, and whose fault it is.
Failure failureOf(llvm::Error error);

/// Reads an ONNX model, or prim IR as text: one function `main`.
llvm::Expected<ImportedModel> loadModel(mlir::MLIRContext &context,
                                        const CompileRequest &request);

/// The function of a model.
mlir::func::FuncOp mainOf(const ImportedModel &model);

/// Lowers \p module, a copy of the model as it was imported, without any
/// optimisation. Rescales get the recipes of \p changes, by name.
llvm::Expected<Image> referenceImage(mlir::ModuleOp module,
                                     llvm::StringRef name,
                                     llvm::ArrayRef<RecipeChange> changes,
                                     SegmentHashes &hashes);

/// Optimises the model and lowers it to prim.
llvm::Error optimise(const ImportedModel &model, IrDump &dump);

/// Gathers element-wise work again, after the partitioner inlined composites.
llvm::Error fuseAgain(mlir::func::FuncOp function, IrDump &dump);

/// Index of each argument of the function among all inputs that the model
/// declares, bound ones included.
std::vector<size_t> inputPositions(const ImportedModel &model);

} // namespace glowplug
