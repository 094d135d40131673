// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// An ONNX model that is being rewritten: which node makes a name, which use
/// it, and the edits that keep it a valid model.

#pragma once

#include "core/importer/onnx/proto/onnx.pb.h"
#include "core/support/Tensor.h"

#include "llvm/ADT/StringRef.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace glowplug::ptq {

/// A model with its lists of uses. Nodes and initialisers are found by name;
/// what is not understood (other domains, metadata, subgraphs) stays as it is.
class OnnxGraph {
public:
  /// Takes in a model and sorts its nodes as the importer does. Fails where a
  /// part cannot be rewritten: weights in other files.
  static llvm::Expected<OnnxGraph> adopt(onnx::ModelProto model);
  /// The same for the bytes of a file, which the importer's reader checks.
  static llvm::Expected<OnnxGraph> parse(llvm::ArrayRef<uint8_t> bytes);

  onnx::ModelProto &model() { return *proto; }
  const onnx::ModelProto &model() const { return *proto; }
  onnx::GraphProto &graph() { return *proto->mutable_graph(); }
  const onnx::GraphProto &graph() const { return proto->graph(); }
  /// The bytes of the file; the same for the same model.
  std::string serialized() const;

  /// Builds the lists of uses again; call after any edit of nodes.
  void index();
  /// The node that makes \p name; null for inputs and initialisers.
  onnx::NodeProto *producer(llvm::StringRef name) const;
  /// The nodes of the main graph that use \p name, one entry per use.
  llvm::ArrayRef<onnx::NodeProto *> consumers(llvm::StringRef name) const;
  onnx::TensorProto *initializer(llvm::StringRef name) const;
  bool isOutput(llvm::StringRef name) const {
    return outputs.count(std::string_view(name)) != 0;
  }
  bool isInput(llvm::StringRef name) const {
    return inputs.count(std::string_view(name)) != 0;
  }
  /// Whether a subgraph mentions it.
  bool isVisibleInSubgraphs(llvm::StringRef name) const {
    return seenBySubgraphs.count(std::string_view(name)) != 0;
  }
  /// The only node that uses \p name; null if there are more or none, or if
  /// the graph's outputs or a subgraph see it.
  onnx::NodeProto *onlyConsumer(llvm::StringRef name) const;

  /// The contents of an f32 initialiser; nothing if \p name is not one.
  std::optional<std::vector<float>> floats(llvm::StringRef name) const;
  std::optional<std::vector<int64_t>> ints(llvm::StringRef name) const;
  std::vector<int64_t> dims(llvm::StringRef name) const;

  /// A name that no value has, not even in subgraphs: \p base, or that with a
  /// number.
  std::string uniqueName(const std::string &base);
  /// The same among the names of nodes.
  std::string uniqueNodeName(const std::string &base);
  /// Adds an initialiser with a unique name, which is returned.
  std::string addFloats(const std::string &base, llvm::ArrayRef<int64_t> dims,
                        llvm::ArrayRef<float> values);
  std::string addBytes(const std::string &base, int32_t onnxType,
                       llvm::ArrayRef<int64_t> dims,
                       llvm::ArrayRef<uint8_t> values);
  std::string addInt32(const std::string &base, llvm::ArrayRef<int64_t> dims,
                       llvm::ArrayRef<int32_t> values);
  std::string addInt64(const std::string &base, llvm::ArrayRef<int64_t> dims,
                       llvm::ArrayRef<int64_t> values);

  /// Removes nodes; indexes again.
  void removeNodes(const std::set<const onnx::NodeProto *> &dead);
  /// Removes initialisers and value infos that nothing refers to.
  void removeUnused();

  /// Version of the default operator set; 0 if the model has none.
  int64_t opset() const;

private:
  std::string addTensor(onnx::TensorProto tensor, const std::string &base);

  std::unique_ptr<onnx::ModelProto> proto;
  std::map<std::string, onnx::NodeProto *, std::less<>> producers;
  std::map<std::string, std::vector<onnx::NodeProto *>, std::less<>> users;
  std::map<std::string, onnx::TensorProto *, std::less<>> initializers;
  std::set<std::string, std::less<>> inputs, outputs, seenBySubgraphs, taken,
      takenByNodes;
};

/// What a node is called in messages: its name, or that of its first output.
std::string nodeName(const onnx::NodeProto &node);
/// "node 'conv1' (Conv)"
std::string nodeText(const onnx::NodeProto &node);

// Attributes
const onnx::AttributeProto *findAttribute(const onnx::NodeProto &node,
                                          llvm::StringRef name);
int64_t intAttribute(const onnx::NodeProto &node, llvm::StringRef name,
                     int64_t fallback);
float floatAttribute(const onnx::NodeProto &node, llvm::StringRef name,
                     float fallback);
std::string stringAttribute(const onnx::NodeProto &node, llvm::StringRef name,
                            llvm::StringRef fallback);
std::vector<int64_t> intsAttribute(const onnx::NodeProto &node,
                                   llvm::StringRef name);
void setIntAttribute(onnx::NodeProto &node, llvm::StringRef name,
                     int64_t value);
void setFloatAttribute(onnx::NodeProto &node, llvm::StringRef name,
                       float value);
void removeAttribute(onnx::NodeProto &node, llvm::StringRef name);

/// Input \p i of \p node, or "" where it is absent.
llvm::StringRef inputName(const onnx::NodeProto &node, int i);
/// Whether \p node is of the default domain and of that type.
bool isOp(const onnx::NodeProto *node, llvm::StringRef type);

} // namespace glowplug::ptq
