// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the import of an operator is written against: the node at hand, and
/// the table row that names its handler.

#pragma once

#include "core/importer/build/OpImport.h"
#include "core/importer/onnx/model/StorageTypes.h"

#include <limits>

namespace glowplug::onnx {
class AttributeProto;
class GraphProto;
class NodeProto;
} // namespace glowplug::onnx

namespace glowplug::importer {

struct TensorSource;

/// Imports graphs that are attributes of nodes.
class InnerGraphs {
public:
  virtual ~InnerGraphs() = default;
  /// Turns \p graph, without its inputs and outputs, into operations of the
  /// scope at hand. Fails first if an operator of it is not supported.
  virtual llvm::Error importInner(const onnx::GraphProto &graph) = 0;
};

/// One node of the model while it is imported.
class Node : public OpImport {
public:
  /// \p opset: the version of the node's operator set in this model.
  /// \p storageNames are those of the values made so far.
  Node(GraphBuilder &graph, const onnx::NodeProto &proto, size_t index,
       int64_t opset, TensorSource &source, StorageNames &storageNames,
       InnerGraphs &inner);

  StringRef opType() const;
  int64_t opset() const { return version; }

  // ---- Storage types (StorageTypes.h)
  /// What input \p i holds codes of; null if its type is what it seems.
  const StorageType *storage(unsigned i) const;
  /// The results hold codes of \p type.
  void resultsAre(const StorageType *type) { resultStorage = type; }
  /// After a node without a failure: the names of its results have it.
  void nameStorage() const;

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
  /// Null if it is not given, which fails the node.
  const onnx::GraphProto *graphAttr(StringRef name);
  /// As tensorAttr(), but takes codes as well; the results are then of their
  /// type.
  std::optional<Tensor> storedAttr(StringRef name);
  /// The attribute has no meaning for inference.
  void ignoreAttr(StringRef name) { findAttr(name, -1); }
  /// After the handler: fails if an attribute was not read.
  void checkAttributesRead();

  // ---- Graphs within the node; in Inner.cpp
  /// Where scopes and functions for them are opened and closed.
  GraphBuilder &scopes() { return graph; }
  /// Imports \p body into the scope at hand, and returns its results, none of
  /// which is a `Tensor`.
  llvm::Expected<SmallVector<Meaning>> importGraph(const onnx::GraphProto &body,
                                                   ArrayRef<Meaning> inputs);
  /// The same in a scope of its own, in place of the node. Nothing if that
  /// fails the node.
  std::optional<SmallVector<Meaning>> inlineGraph(const onnx::GraphProto &body,
                                                  ArrayRef<Meaning> inputs);

private:
  const onnx::AttributeProto *findAttr(StringRef name, int type);
  /// Fails the node for what is wrong with a tensor in attribute \p name.
  void stopAtAttr(StringRef name, llvm::Error error);

  const onnx::NodeProto &proto;
  int64_t version;
  TensorSource &source;
  StorageNames &storageNames;
  const StorageType *resultStorage = nullptr;
  InnerGraphs &inner;
  llvm::StringMap<const onnx::AttributeProto *> attributes;
  llvm::StringMap<bool> readAttributes;
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
  bool sequences = false; ///< Whether it takes sequences.
};

/// For rows of operators that are not supported.
constexpr OpRow notSupported(llvm::StringLiteral name, int since,
                             llvm::StringLiteral why,
                             llvm::StringLiteral domain = "") {
  return {name, since, {0, anyNumber}, nullptr, why, anyNumber, domain};
}

} // namespace glowplug::importer
