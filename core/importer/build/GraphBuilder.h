// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A graph while a front imports it: what names stand for, the interface of the
/// function, and the limits on what is made.
///
/// A front names every constant and every value, declares the inputs, turns
/// node after node into operations (OpImport.h), and declares the outputs.

#pragma once

#include "core/fold/Evaluate.h"
#include "core/fold/Ranges.h"
#include "core/importer/build/Extents.h"
#include "core/importer/build/ImportedModel.h"
#include "core/prim/Build.h"
#include "core/support/Fault.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

#include <memory>
#include <optional>
#include <set>
#include <variant>
#include <vector>

namespace glowplug::importer {

using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;
using llvm::Twine;
using mlir::Type;
using mlir::Value;
using prim::PrimBuilder;

/// A list of values, which is none of the function: operators take it apart.
struct Sequence {
  SmallVector<Value> elements;
};
/// An optional value that is not there.
struct Absent {};
/// What a name stands for, and what operators and graphs take and give.
using Meaning = std::variant<Value, Tensor, Sequence, Absent>;

/// Builds the function of one model. Used once. `where` begins a message:
/// "input 'x'".
class GraphBuilder {
public:
  /// \p owner keeps the memory alive that tensors borrow.
  GraphBuilder(mlir::MLIRContext &context, StringRef name,
               const ImportOptions &options, std::shared_ptr<const void> owner);

  // ---- Names
  bool isDefined(StringRef name) const { return find(name) != nullptr; }
  llvm::Error defineValue(StringRef name, Value value, const Twine &where);
  /// A constant becomes an operation where it is used.
  llvm::Error defineConstant(StringRef name, const Tensor &tensor,
                             const Twine &where);
  /// A constant that cannot be read for the reason \p why, which only matters
  /// where it is used.
  llvm::Error defineUnusable(StringRef name, Fault why, const Twine &where);
  /// Whatever can be used: each of these but the last, a sequence, or an
  /// optional without a value.
  llvm::Error define(StringRef name, const Meaning &meaning,
                     const Twine &where);
  bool isSequence(StringRef name) const {
    const Definition *definition = find(name);
    return definition && definition->sequence;
  }
  bool isAbsent(StringRef name) const {
    const Definition *definition = find(name);
    return definition && definition->isAbsent;
  }
  /// Fails unless \p name stands for something that can be used.
  llvm::Error checkUse(StringRef name, const Twine &where) const;

  // ---- Values of names that passed checkUse()
  Value valueOf(StringRef name);                 ///< Of a tensor.
  SmallVector<Value> sequenceOf(StringRef name); ///< Of a sequence.
  Meaning meaningOf(StringRef name); ///< Of anything; never a `Tensor`.
  /// The contents of \p name, if they are known at compile time; else \p why,
  /// unless null, says what is in the way.
  std::optional<Tensor> tensorOf(StringRef name, Fault *why);
  /// The same of a value, which is one of the function at hand.
  std::optional<Tensor> tensorOf(Value value) {
    return evaluator.evaluate(value);
  }
  /// A constant operation, which shares \p tensor's memory.
  Value makeConstant(const Tensor &tensor, StringRef name);
  /// Dims that vary, of all values.
  Extents &extents() { return extentsOfValues; }
  /// The element number \p i of \p list, integers of rank 0 or 1, as an i64 of
  /// rank 0. The same one whenever it is asked for, and that from which the
  /// list was made, so that equal sizes are known to be equal.
  Value elementOf(PrimBuilder &b, Value list, int64_t i);
  /// What is known of that element.
  Range rangeOf(Value list, int64_t i);
  /// Extents of \p value are known to fit its type.
  void restrictExtents(Value value);

  // ---- Graphs within the graph
  /// Names that are defined from now on end with the scope. Within it, all
  /// names from before can be used.
  void openScope();
  void closeScope();

  /// A function that operations call.
  struct Body {
    mlir::func::FuncOp function;
    /// The values from outside that it takes, after the arguments that it was
    /// given.
    SmallVector<Value> captured;
  };
  /// As openScope(), and operations go to a function of their own. What it uses
  /// from outside becomes an argument of it, or a constant.
  void openBody(const Twine &title);
  /// The next argument of the function that was opened last, before anything
  /// is imported into it.
  Value addArgument(Type type);
  /// \p outer, which belongs to the function around the innermost one, within
  /// the latter.
  Value captureValue(Value outer);
  /// Ends the function, which returns \p results.
  Body closeBody(mlir::ValueRange results);
  /// Ends the function; nobody will call it.
  void abandonBody();
  /// Lets all of \p bodies take the same values from outside.
  void unifyCaptured(llvm::MutableArrayRef<Body> bodies);

  // ---- Interface
  /// The next input: an argument of the function, or a constant if the options
  /// bind it. Of a sequence each element is one; of an optional without a value
  /// there is none.
  llvm::Error addInput(const DeclaredTensor &declared, const Twine &where);
  /// After the last input: fails if a dim has no size, or if an option has no
  /// effect.
  llvm::Error finishInputs() const;
  /// The next output; of a sequence, one for each element. Its element type has
  /// to be the declared one, if there is one; another shape than the declared
  /// one is a warning.
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
    std::optional<SmallVector<Value>> sequence;
    bool isAbsent = false;
  };
  /// A dim of an input that has no size.
  struct MissingDim {
    std::string name, input;
  };

  /// Names of one graph.
  struct Scope {
    llvm::StringMap<Definition> values;
    /// What names from outside of the function stand for within it.
    llvm::StringMap<Definition> outside;
    mlir::func::FuncOp function;
    /// Values from outside of the function, with the arguments that stand for
    /// them. Of the first scope of the function.
    llvm::MapVector<Value, Value> captured;
  };

  llvm::Error keep(StringRef name, Definition definition, const Twine &where);
  /// What \p name stands for; null if it is not defined.
  const Definition *find(StringRef name) const;
  /// The same for the innermost function: captures what is outside of it.
  Definition &resolve(StringRef name);
  /// Lets \p body capture \p captured, in this order, which holds all that it
  /// does capture.
  void setCaptured(Body &body, SmallVector<Value> captured);
  /// What is remembered of \p argument, which is about to be erased, must not
  /// be taken for that of another value in its place.
  void forget(mlir::BlockArgument argument);
  Definition capture(const Definition &outer, Scope &scope);
  Value captureValue(Value outer, Scope &scope);
  mlir::func::FuncOp makeFunction(StringRef name, mlir::Location loc);
  /// A size that the model leaves open, \p own if that is given, else \p
  /// common; nothing if neither is, which finishInputs() reports.
  llvm::Expected<std::optional<int64_t>> openSize(const std::string &own,
                                                  const std::string &common,
                                                  StringRef input,
                                                  int64_t most);
  /// Puts sizes in place of what \p declared leaves open; \p sequence is as in
  /// addTensor().
  llvm::Error fixShape(DeclaredTensor &declared, StringRef sequence);
  /// An input that is a tensor, or an element of \p sequence, which is empty
  /// otherwise.
  llvm::Expected<Meaning> addTensor(DeclaredTensor declared, StringRef sequence,
                                    const Twine &where);
  llvm::Expected<Meaning> addElements(const DeclaredTensor &declared,
                                      const Twine &where);
  llvm::Error missingDims() const;
  llvm::Error addResult(StringRef name, Value value,
                        const std::optional<DeclaredTensor> &declared,
                        const Twine &where);
  /// Adds the sizes that the model computes to the results.
  void addExtents();
  void writeSignature();
  llvm::Error verify();
  /// The contents of a value that is computed; see ConstantValue.cpp.
  std::optional<Tensor> evaluate(Value value, Fault *why);
  /// Of the function at hand.
  mlir::Block &body() { return scopes.back()->function.getBody().front(); }
  mlir::func::FuncOp mainFunction() const { return scopes.front()->function; }
  llvm::Error checkNewOperations(mlir::Operation *before, const Twine &where);

  mlir::MLIRContext &context;
  const ImportOptions &options;
  std::shared_ptr<const void> owner;
  mlir::OpBuilder builder;
  std::vector<std::unique_ptr<Scope>> scopes; ///< The innermost comes last.
  SmallVector<mlir::func::FuncOp> abandoned;
  unsigned bodyCount = 0;
  std::set<std::string> knownDims, wanted, inputNames, outputNames;
  std::vector<MissingDim> missing;
  SmallVector<Value> results;
  Evaluator evaluator;
  Ranges ranges;
  Extents extentsOfValues;
  llvm::MapVector<std::pair<Value, int64_t>, Value> elements;
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
