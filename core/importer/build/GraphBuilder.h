// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A graph while a front imports it: what names stand for, the interface of the
/// function, and the limits on what is made.
///
/// A front names every constant and every value, declares the inputs, turns
/// node after node into operations (OpImport.h), and declares the outputs.

#pragma once

#include "core/fold/Evaluate.h"
#include "core/importer/build/ImportedModel.h"
#include "core/prim/Build.h"
#include "core/support/Fault.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

#include <optional>
#include <set>

namespace glowplug::importer {

using llvm::StringRef;
using llvm::Twine;
using mlir::Value;

/// Builds the function of one model. Used once. `where` begins a message:
/// "input 'x'".
class GraphBuilder {
public:
  /// \p owner keeps the memory alive that tensors borrow.
  GraphBuilder(mlir::MLIRContext &context, StringRef name,
               const ImportOptions &options, std::shared_ptr<const void> owner);

  // ---- Names
  bool isDefined(StringRef name) const { return values.contains(name); }
  llvm::Error defineValue(StringRef name, Value value, const Twine &where);
  /// A constant becomes an operation where it is used.
  llvm::Error defineConstant(StringRef name, const Tensor &tensor,
                             const Twine &where);
  /// A constant that cannot be read for the reason \p why, which only matters
  /// where it is used.
  llvm::Error defineUnusable(StringRef name, Fault why, const Twine &where);
  /// Fails unless \p name stands for something that can be used.
  llvm::Error checkUse(StringRef name, const Twine &where) const;

  // ---- Values of names that passed checkUse()
  Value valueOf(StringRef name);
  /// The contents of \p name, if they are known at compile time; else \p why,
  /// unless null, says what is in the way.
  std::optional<Tensor> tensorOf(StringRef name, Fault *why);
  /// A constant operation, which shares \p tensor's memory.
  Value makeConstant(const Tensor &tensor, StringRef name);

  // ---- Interface
  /// The next input: an argument of the function, or a constant if the options
  /// bind it.
  llvm::Error addInput(DeclaredTensor declared, const Twine &where);
  /// After the last input: fails if a dim has no size, or if an option has no
  /// effect.
  llvm::Error finishInputs() const;
  /// The next output. Its type has to be the declared one, if there is one.
  llvm::Error addOutput(StringRef name,
                        const std::optional<DeclaredTensor> &declared,
                        const Twine &where);
  /// After the last output: adds those of the options, and gives the model.
  llvm::Expected<ImportedModel> finish();

  /// Inputs whose contents were asked for, and that are not bound.
  const std::set<std::string> &wantedInputs() const { return wanted; }

private:
  friend class OpImport;

  struct Definition {
    Value value;
    std::optional<Tensor> tensor;
    std::optional<Fault> unusable;
  };
  /// A dim of an input that has no size.
  struct MissingDim {
    std::string name, input;
  };

  llvm::Error define(StringRef name, Definition definition, const Twine &where);
  llvm::Error bindInput(TensorInfo info, const Tensor &tensor,
                        const Twine &where);
  llvm::Error fixDims(DeclaredTensor &declared);
  llvm::Error missingDims() const;
  llvm::Expected<TensorInfo> addResult(StringRef name, const Twine &where);
  void writeSignature();
  llvm::Error verify();
  /// The contents of a value that is computed; see ConstantValue.cpp.
  std::optional<Tensor> evaluate(Value value, Fault *why);
  mlir::Block &body() { return function.getBody().front(); }
  llvm::Error checkNewOperations(mlir::Operation *before, const Twine &where);

  mlir::MLIRContext &context;
  const ImportOptions &options;
  std::shared_ptr<const void> owner;
  mlir::OpBuilder builder;
  mlir::func::FuncOp function;
  llvm::StringMap<Definition> values;
  std::set<std::string> knownDims, wanted;
  std::vector<MissingDim> missing;
  llvm::SmallVector<Value> results;
  Evaluator evaluator;
  ImportedModel model;
  int64_t operations = 0, totalBytes = 0, madeBytes = 0;
};

/// Imports; again with those of the offered inputs bound whose contents the
/// first attempt asked for. \p attempt adds these to the set.
llvm::Expected<ImportedModel>
importWithOffers(ImportOptions options,
                 llvm::function_ref<llvm::Expected<ImportedModel>(
                     const ImportOptions &, std::set<std::string> &wanted)>
                     attempt);

} // namespace glowplug::importer
