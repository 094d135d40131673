// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One operator of a model while it is imported, whatever its format: its
/// inputs, checks, results and emission. A front derives from it and adds how
/// its format gives attributes.
///
/// A handler reads attributes and inputs, checks them, emits primitives and
/// gives the results. Reading never fails by itself: the first error is kept
/// and a default is returned, so a handler asks `failed()` once before it
/// relies on what it read. What comes from a model is not trusted: everything
/// a builder expects has to be checked here.

#pragma once

#include "core/importer/build/GraphBuilder.h"

namespace glowplug::importer {

using llvm::LogicalResult;
using mlir::ValueRange;
using prim::ReduceKind;
using prim::ScalarBuilder;
using prim::ScalarKind;
using prim::Shape;

/// How the model names an operator and what it reads and makes.
struct OpNames {
  std::string where; ///< Begins messages: "node 'conv1' (Conv)".
  std::string title; ///< Of the operations, as their location.
  /// Absent ones are empty.
  SmallVector<StringRef> inputs, outputs;
};

/// A size, a position or a count that a model gives.
struct Number {
  int64_t least, most;
  Value value; ///< An i64 of rank 0; null if the number is known.

  Number(int64_t least, int64_t most, Value value)
      : least(least), most(most), value(value) {}
  explicit Number(int64_t known) : least(known), most(known) {}
  bool isKnown() const { return !value; }
};

class OpImport {
public:
  /// Operations are made at the end of the function from now on.
  OpImport(GraphBuilder &graph, OpNames names);

  // ---- Inputs
  /// Number of inputs, absent ones at the end not counted.
  unsigned numInputs() const {
    return static_cast<unsigned>(names.inputs.size());
  }
  /// Whether input \p i is there, and has a value.
  bool hasInput(unsigned i) const;
  /// Whether it is an optional without a value.
  bool isAbsent(unsigned i) const {
    return i < numInputs() && graph.isAbsent(names.inputs[i]);
  }
  /// Input \p i, which is present. A sequence fails the node.
  Value input(unsigned i);
  /// All inputs; fails if one is absent.
  SmallVector<Value> inputs();
  ArrayRef<int64_t> shape(unsigned i) { return prim::shapeOf(input(i)); }
  int64_t rank(unsigned i) { return prim::rankOf(input(i)); }
  Type element(unsigned i) { return prim::elementOf(input(i)); }
  DType dtype(unsigned i);
  bool isSequence(unsigned i) const {
    return hasInput(i) && graph.isSequence(names.inputs[i]);
  }
  /// The elements of input \p i, which is a sequence: fails if it is none.
  SmallVector<Value> sequence(unsigned i);
  /// Input \p i, whatever it is; never a `Tensor`.
  Meaning meaning(unsigned i);

  /// The contents of input \p i, which have to be known at compile time: fails
  /// if they are not, with a message that says what is not known. \p name is
  /// the input's in the operator's documentation.
  std::optional<Tensor> constant(unsigned i, StringRef name);
  /// The same without failing, also where the input is absent.
  std::optional<Tensor> knownConstant(unsigned i);
  /// Why the contents of input \p i are not known; nothing if they are.
  std::optional<Fault> whyUnknown(unsigned i);
  /// Integers of any type and of rank 0 or 1 (checked) as a list; empty when
  /// it failed.
  SmallVector<int64_t> intsInput(unsigned i, StringRef name);
  /// One integer, or one number, of rank 0 or shape [1].
  int64_t intInput(unsigned i, StringRef name);
  double floatInput(unsigned i, StringRef name);

  // ---- Numbers that the model may compute when it runs; in Sizes.cpp
  /// From now on inputs may have dims that vary (Extents.h). Without this they
  /// fail the node. A handler that calls it uses sizes of types as bounds only,
  /// and the results of each op it makes vary as inferExtents() says.
  void takeVarying() { takesVarying = true; }
  /// From now on inputs \p numbers, present ones, have one bound in each dim
  /// where they are as large when the model runs: the smallest one. Dims are
  /// aligned at the last one, and a size of 1 fits any.
  void alignBounds(ArrayRef<unsigned> numbers);
  /// Whether a dim of input \p i varies; it may be absent.
  bool inputVaries(unsigned i);
  Number sizeOf(Value value, int64_t dim);
  SmallVector<Number> sizesOf(Value value);
  /// As intsInput(). Bounds that are not known are those of i64.
  SmallVector<Number> numbersInput(unsigned i, StringRef name);
  /// Whether \p number, from input \p i, has an upper bound.
  bool isBounded(const Number &number, unsigned i, StringRef name);
  /// As an i64 of rank 0.
  Value valueOf(const Number &number);
  /// As a vector of i64.
  Value listOf(ArrayRef<Number> numbers);
  /// A value with the elements of \p value, of which so many count along each
  /// dim. The bounds are the sizes of its type.
  Value withSizes(Value value, ArrayRef<Number> sizes);
  /// \p value, all of which counts, with \p fill where it did not.
  Value fullOf(Value value, int64_t fill);
  /// The elements of \p value that count are at the front of its dims.
  bool countsInFront(Value value);
  /// All elements of \p value are taken as if they counted.
  void markFixed(Value value) { graph.extents().setFixed(value); }
  /// The product of all sizes.
  Value countOf(ArrayRef<Number> sizes);
  /// Dim \p dim of input \p i does not vary.
  bool isFixed(unsigned i, int64_t dim);
  Number plus(const Number &a, const Number &b);
  /// \p number, but not below \p least nor above \p most, which matters more.
  Value brought(Value number, Value least, Value most);

  // ---- Checks; each says whether it holds, and fails the node if not
  bool failed() const { return error.has_value(); }
  /// Fails the node, if it has not failed: the model breaks a rule.
  LogicalResult fail(const Twine &what);
  /// The same for a form that is valid, but not supported.
  LogicalResult unsupported(const Twine &what);
  bool check(bool holds, const Twine &what) {
    if (!holds)
      (void)fail(what);
    return holds && !failed();
  }
  /// An axis from -rank to rank - 1, made non-negative; 0 when it failed.
  int64_t axis(int64_t value, int64_t rank, StringRef field = "axis");
  /// Axes that are each valid and different, ascending.
  SmallVector<int64_t> axes(ArrayRef<int64_t> values, int64_t rank,
                            StringRef field = "axes");
  bool atLeast(int64_t value, int64_t least, const Twine &field);
  /// \p shape passes the limits of rank and elements, and has no negative dim.
  bool checkShape(ArrayRef<int64_t> shape);
  bool checkRank(unsigned i, int64_t least, int64_t most = 8);
  bool isFloat(unsigned i);
  /// Inputs \p i and \p j have one element type.
  bool sameType(unsigned i, unsigned j);
  /// The common shape by numpy's rules of all \p values.
  std::optional<Shape> broadcast(ValueRange values);
  /// Input \p i broadcasts to \p shape in one direction.
  bool broadcastsTo(unsigned i, ArrayRef<int64_t> shape, StringRef name);
  /// Tables of \p bytes may be made.
  bool reserve(int64_t bytes);

  LogicalResult stop(Fault fault);
  /// What other operators have made since this one began has been counted.
  void countAnew();
  StringRef title() const { return names.title; }

  // ---- Results
  unsigned numOutputs() const {
    return static_cast<unsigned>(names.outputs.size());
  }
  /// Whether somebody asks for output \p i.
  bool wantsOutput(unsigned i) const;
  LogicalResult result(Value value) { return results(value); }
  /// One value per output; absent ones at the end may be left out.
  LogicalResult results(ValueRange values);
  LogicalResult anyResults(ArrayRef<Meaning> meanings);
  /// After the handler: the names of the outputs stand for the results. Fails
  /// if the node failed, or if what it made passes a limit.
  llvm::Error finish();

  // ---- Emission
  /// A constant of the model, shared with \p tensor's memory.
  Value constantOf(const Tensor &tensor);
  Value indices(ArrayRef<int64_t> values, std::optional<Shape> shape = {}) {
    return b.indices(values, std::move(shape));
  }

  PrimBuilder b;

protected:
  GraphBuilder &graph;

private:
  bool checkVarying(Value value, unsigned i);
  /// Says what the operations made so far make of dims that vary.
  void inferSizes();

  OpNames names;
  mlir::Operation *before; ///< The last operation of the node before this one.
  SmallVector<Meaning> made;
  bool takesVarying = false;
  llvm::SmallDenseMap<unsigned, Value, 2> aligned; ///< In place of inputs.
  mlir::Operation *inferred; ///< The last operation that was inferred from.
  std::optional<Fault> error;
};

} // namespace glowplug::importer
