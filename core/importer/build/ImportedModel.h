// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What an import is given besides the model, and what it makes.

#pragma once

#include "core/importer/file/Operators.h"
#include "core/support/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <string>
#include <vector>

namespace glowplug {

struct ImportOptions {
  /// Sizes of symbolic dims, by name. A dim without a name is addressed as
  /// INPUT:INDEX. What else a model may leave open of an input has names that
  /// OpenSizes.h makes.
  std::map<std::string, int64_t> dims;
  /// Inputs that are fixed at compile time: they become constants.
  std::map<std::string, Tensor> bindings;
  /// Values for inputs that are used only where a node cannot do without
  /// knowing the contents; such an input is then treated as bound.
  std::map<std::string, Tensor> offers;
  /// Values that become outputs after those of the model, in this order, except
  /// those that are outputs already. Each is defined by the model.
  std::vector<std::string> extraOutputs;
  /// Whether tensors may be read from files beside the model.
  bool allowExternalData = false;
};

/// The attribute of a result of the main function that holds, per dim, the
/// number of the result that is its size, or -1.
inline constexpr llvm::StringLiteral extentsAttr = "glowplug.extents";

/// An input or output of the model.
struct TensorInfo {
  std::string name;
  DType dtype = DType::none;
  llvm::SmallVector<int64_t> shape;
  /// Of an output some of whose sizes the model computes, `shape` being the
  /// largest ones: one entry per dim, the number of the output that holds its
  /// size, or -1 where it is fixed.
  llvm::SmallVector<int64_t> extents;
};

/// An input or output as a model declares it, before anything is bound.
struct DeclaredTensor {
  TensorInfo info;                   ///< A dim that is not known is -1.
  std::vector<std::string> dimNames; ///< Empty where a dim is fixed.
  bool hasShape = true;
  /// Of a sequence, all of this is said of each of its elements, but the name.
  bool isSequence = false;
  bool isOptional = false; ///< Whether it may be left out.
};

/// An input that was fixed at compile time. What was compiled holds for this
/// value only.
struct BoundInput {
  TensorInfo info;
  Tensor value;
  size_t position = 0; ///< Among the inputs that the model declares.
};

/// What a model declares and uses.
struct ImportSummary {
  /// As declared, constants left out; one of an unsupported type has the
  /// element type `none`.
  std::vector<DeclaredTensor> inputs, outputs;
  OperatorSummary operators;
};

/// A model as IR. Verified; static shapes only.
struct ImportedModel {
  /// Holds `func.func @main`: its arguments are `inputs`, what it returns are
  /// `outputs`, in order; both carry the attribute `glowplug.name`, and results
  /// `glowplug.extents` where they have them. Locations are node names. Large
  /// constants refer to memory that the context owns.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string name;
  std::vector<TensorInfo> inputs;
  /// Those of the model, then sizes of these: i64 of rank 0, without a name.
  std::vector<TensorInfo> outputs;
  std::vector<BoundInput> bound;
  /// What the model says wrongly, but without harm: one line each.
  std::vector<std::string> warnings;
};

} // namespace glowplug
