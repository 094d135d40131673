// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the import of an operator is written against: the node at hand, and
/// the table row that names its handler.
///
/// A handler reads attributes and inputs, checks them, emits primitives and
/// gives the results. Reading never fails by itself: the first error is kept
/// by the node and a default is returned, so a handler asks `failed()` once
/// before it relies on what it read. What comes from a model is not trusted:
/// everything a builder expects has to be checked here.

#pragma once

#include "core/importer/file/Error.h"
#include "core/prim/Build.h"
#include "core/support/Tensor.h"

#include "llvm/ADT/StringMap.h"

#include <limits>
#include <optional>

namespace onnx {
class AttributeProto;
class NodeProto;
} // namespace onnx

namespace glowplug::importer {

using llvm::ArrayRef;
using llvm::LogicalResult;
using llvm::SmallVector;
using llvm::StringRef;
using llvm::Twine;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;
using prim::PrimBuilder;
using prim::ReduceKind;
using prim::ScalarBuilder;
using prim::ScalarKind;
using prim::Shape;

class GraphImporter;

/// One node of the model while it is imported.
class Node {
public:
  Node(GraphImporter &importer, const onnx::NodeProto &proto, int64_t opset,
       mlir::OpBuilder &builder, mlir::Location loc, std::string where);

  // ---- What it is
  StringRef opType() const;
  /// Version of the node's operator set in this model.
  int64_t opset() const { return version; }

  // ---- Inputs
  /// Number of inputs, absent ones at the end not counted.
  unsigned numInputs() const { return count; }
  bool hasInput(unsigned i) const;
  /// Input \p i, which is present.
  Value input(unsigned i);
  /// All inputs; fails if one is absent.
  SmallVector<Value> inputs();
  ArrayRef<int64_t> shape(unsigned i) { return prim::shapeOf(input(i)); }
  int64_t rank(unsigned i) { return prim::rankOf(input(i)); }
  Type element(unsigned i) { return prim::elementOf(input(i)); }
  DType dtype(unsigned i);

  /// The contents of input \p i, which have to be known at compile time: fails
  /// if they are not, with a message that says what to bind. \p name is the
  /// input's in the operator's documentation.
  std::optional<Tensor> constant(unsigned i, StringRef name);
  /// The same without failing, also where the input is absent.
  std::optional<Tensor> knownConstant(unsigned i);
  /// Integers of any type and of rank 0 or 1 (checked) as a list; empty when
  /// it failed.
  SmallVector<int64_t> intsInput(unsigned i, StringRef name);
  /// One integer, or one number, of rank 0 or shape [1].
  int64_t intInput(unsigned i, StringRef name);
  double floatInput(unsigned i, StringRef name);

  // ---- Attributes
  /// An attribute nobody reads makes the node fail: it might change its
  /// meaning.
  bool hasAttr(StringRef name);
  int64_t intAttr(StringRef name, int64_t fallback);
  int64_t requiredInt(StringRef name);
  bool flagAttr(StringRef name, bool fallback = false);
  /// Floats are finite or not, as the model says. A fallback is rounded to
  /// float, as an attribute is.
  double floatAttr(StringRef name, double fallback);
  std::string stringAttr(StringRef name, StringRef fallback);
  std::optional<SmallVector<int64_t>> intsAttr(StringRef name);
  std::optional<SmallVector<double>> floatsAttr(StringRef name);
  std::optional<SmallVector<std::string>> stringsAttr(StringRef name);
  std::optional<Tensor> tensorAttr(StringRef name);
  /// The attribute has no meaning for inference.
  void ignoreAttr(StringRef name) { findAttr(name, -1); }

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

  // ---- Results
  unsigned numOutputs() const;
  /// Whether somebody asks for output \p i.
  bool wantsOutput(unsigned i) const;
  LogicalResult result(Value value) { return results(value); }
  /// One value per output; absent ones at the end may be left out.
  LogicalResult results(ValueRange values);

  // ---- Emission
  /// A constant of the model, shared with \p tensor's memory.
  Value constantOf(const Tensor &tensor);
  Value indices(ArrayRef<int64_t> values, std::optional<Shape> shape = {}) {
    return b.indices(values, std::move(shape));
  }

  PrimBuilder b;

private:
  friend class GraphImporter;
  const onnx::AttributeProto *findAttr(StringRef name, int type);
  LogicalResult stop(FaultKind kind, const Twine &what);

  GraphImporter &importer;
  const onnx::NodeProto &proto;
  int64_t version;
  std::string where;
  unsigned count;
  llvm::StringMap<const onnx::AttributeProto *> attributes;
  llvm::StringMap<bool> readAttributes;
  SmallVector<Value> outputs;
  struct Failure {
    FaultKind kind;
    std::string text;
  };
  std::optional<Failure> error;
};

using Handler = LogicalResult (*)(Node &node);

inline constexpr int anyNumber = std::numeric_limits<int>::max();

/// How many inputs an operator takes.
struct InputCount {
  int least, most;
  constexpr InputCount(int exactly) : least(exactly), most(exactly) {}
  constexpr InputCount(int least, int most) : least(least), most(most) {}
};

/// One operator from one version of its operator set on, up to the next row
/// of the same operator. Without a handler the operator is known, but not
/// supported in these versions; the note says why.
struct OpRow {
  llvm::StringLiteral name;
  int since;
  InputCount inputs;
  Handler handler;
  llvm::StringLiteral note = "";
  int outputs = 1; ///< At most.
  llvm::StringLiteral domain = "";
};

/// For rows of operators that are not supported.
constexpr OpRow notSupported(llvm::StringLiteral name, int since,
                             llvm::StringLiteral why,
                             llvm::StringLiteral domain = "") {
  return {name, since, {0, anyNumber}, nullptr, why, anyNumber, domain};
}

} // namespace glowplug::importer
