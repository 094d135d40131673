// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The stages of a compile, on the inside of the compiler's library.

#pragma once

#include "core/driver/Compiler.h"
#include "core/driver/DumpIr.h"
#include "core/importer/Importer.h"
#include "core/partition/Partition.h"
#include "core/support/FaultError.h"
#include "core/support/Sha256.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"

#include <memory>

namespace glowplug {

/// All stages: from a model to an artifact. \p result is empty.
llvm::Error runCompile(const CompileRequest &request, CompiledModel &result);

/// The bytes of a source that has them.
inline llvm::ArrayRef<uint8_t> bytesOf(const ModelSource &source) {
  return {source.bytes->data(), source.bytes->size()};
}

/// \p source as the importer takes it.
inline ImportSource importSource(const ModelSource &source) {
  ImportSource result{source.name, std::nullopt, source.folder};
  if (source.bytes)
    result.bytes = bytesOf(source);
  return result;
}

/// Of the bytes of a model.
llvm::Expected<Sha256> hashOf(const ModelSource &source);

/// Imports a model, or reads prim IR as text: the function `main`, and those
/// that it calls.
llvm::Expected<ImportedModel> loadModel(mlir::MLIRContext &context,
                                        const CompileRequest &request);

/// The function of a model.
mlir::func::FuncOp mainOf(const ImportedModel &model);

/// The function of a model and all that it calls, each after its callers.
std::vector<mlir::func::FuncOp> functionsOf(const ImportedModel &model);

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
