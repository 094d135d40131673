// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From an ONNX model to IR: one function of prim and graph operations.

#pragma once

#include "core/importer/file/Error.h"
#include "core/support/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <string>
#include <vector>

namespace glowplug {

struct ImportOptions {
  /// Sizes of symbolic dims, by name. A dim without a name is addressed as
  /// INPUT:INDEX.
  std::map<std::string, int64_t> dims;
  /// Inputs that are fixed at compile time: they become constants.
  std::map<std::string, Tensor> bindings;
  /// Values for inputs that are used only where a node cannot do without
  /// knowing the contents; such an input is then treated as bound.
  std::map<std::string, Tensor> offers;
  /// Values that become outputs behind those of the model, in this order, but
  /// for those that are outputs already. Each is defined by the model.
  std::vector<std::string> extraOutputs;
  /// Whether tensors may be read from files beside the model.
  bool allowExternalData = false;
  /// Folder of external data; for models read from memory. A model read from
  /// a file has that file's folder.
  std::string externalDataFolder;
};

/// An input or output of the model.
struct TensorInfo {
  std::string name;
  DType dtype = DType::none;
  llvm::SmallVector<int64_t> shape;
};

/// An input that was fixed at compile time. What was compiled holds for this
/// value only.
struct BoundInput {
  TensorInfo info;
  Tensor value;
  size_t position = 0; ///< Among the inputs that the model declares.
};

/// A model as IR. Verified; static shapes only.
struct ImportedModel {
  /// Holds `func.func @main`: its arguments are `inputs`, what it returns are
  /// `outputs`, in order; both carry the attribute `glowplug.name`. Locations
  /// are node names. Large constants refer to memory that the context owns.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string name;
  std::vector<TensorInfo> inputs, outputs;
  std::vector<BoundInput> bound;
  int64_t opset = 0; ///< Of the default domain.
};

/// Reads the ONNX model in the file \p path. Loads the dialects it needs into
/// \p context. Fails with one FaultError.
llvm::Expected<ImportedModel> importModel(mlir::MLIRContext &context,
                                          llvm::StringRef path,
                                          const ImportOptions &options = {});

/// The same for a model in memory; \p bytes are copied.
llvm::Expected<ImportedModel>
importModelBytes(mlir::MLIRContext &context, llvm::ArrayRef<uint8_t> bytes,
                 const ImportOptions &options = {});

/// What a model declares, before anything is bound: for a caller who wants to
/// make inputs. A dim that is not known is -1. Fails as importModel() does.
struct DeclaredInput {
  TensorInfo info;
  std::vector<std::string> dimNames; ///< Empty where a dim is fixed.
};
llvm::Expected<std::vector<DeclaredInput>> declaredInputs(llvm::StringRef path);
llvm::Expected<std::vector<DeclaredInput>>
declaredInputsBytes(llvm::ArrayRef<uint8_t> bytes);

} // namespace glowplug
