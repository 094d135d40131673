// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading a model for rewriting, its lists of uses, and edits.

#include "core/quantize/ptq/OnnxGraph.h"

#include "core/importer/file/Error.h"
#include "core/importer/onnx/model/ModelFile.h"
#include "core/importer/onnx/model/NodeOrder.h"
#include "core/importer/onnx/model/Tensors.h"

using namespace glowplug;
using namespace glowplug::ptq;

llvm::Expected<OnnxGraph> OnnxGraph::parse(llvm::ArrayRef<uint8_t> bytes) {
  llvm::Expected<onnx::ModelProto> model = importer::parseModel(bytes);
  if (!model)
    return model.takeError();
  return adopt(std::move(*model));
}

llvm::Expected<OnnxGraph> OnnxGraph::adopt(onnx::ModelProto model) {
  OnnxGraph result;
  result.proto = std::make_unique<onnx::ModelProto>(std::move(model));
  for (const onnx::TensorProto &tensor : result.graph().initializer())
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL)
      return importer::unsupported(
          "tensor '" + tensor.name() +
          "' is in another file; a model is rewritten with all of its "
          "tensors inside");
  if (llvm::Error error = importer::sortNodes(*result.proto))
    return blame(FaultKind::model, std::move(error));
  result.index();
  return result;
}

std::string OnnxGraph::serialized() const {
  std::string bytes;
  proto->SerializeToString(&bytes);
  return bytes;
}

//===----------------------------------------------------------------------===//
// Uses
//===----------------------------------------------------------------------===//

using Names = std::set<std::string, std::less<>>;

static void collectNames(const onnx::GraphProto &graph, Names &values,
                         Names &nodes);

/// Every name of a value and of a node in the subgraphs of \p node.
static void collectInnerNames(const onnx::NodeProto &node, Names &values,
                              Names &nodes) {
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      collectNames(attribute.g(), values, nodes);
    for (const onnx::GraphProto &inner : attribute.graphs())
      collectNames(inner, values, nodes);
  }
}

/// Every name that \p graph mentions, those of its own values among them.
static void collectNames(const onnx::GraphProto &graph, Names &values,
                         Names &nodes) {
  for (const onnx::NodeProto &node : graph.node()) {
    nodes.insert(node.name());
    values.insert(node.input().begin(), node.input().end());
    values.insert(node.output().begin(), node.output().end());
    collectInnerNames(node, values, nodes);
  }
  for (const onnx::ValueInfoProto &input : graph.input())
    values.insert(input.name());
  for (const onnx::ValueInfoProto &output : graph.output())
    values.insert(output.name());
  for (const onnx::TensorProto &tensor : graph.initializer())
    values.insert(tensor.name());
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    values.insert(tensor.values().name());
}

void OnnxGraph::index() {
  producers.clear();
  users.clear();
  initializers.clear();
  inputs.clear();
  outputs.clear();
  seenBySubgraphs.clear();
  for (onnx::TensorProto &tensor : *graph().mutable_initializer())
    initializers[tensor.name()] = &tensor;
  for (const onnx::ValueInfoProto &info : graph().input())
    if (!initializers.count(info.name()))
      inputs.insert(info.name());
  for (const onnx::ValueInfoProto &info : graph().output())
    outputs.insert(info.name());
  for (onnx::NodeProto &node : *graph().mutable_node()) {
    for (const std::string &name : node.input())
      if (!name.empty())
        users[name].push_back(&node);
    for (const std::string &name : node.output())
      if (!name.empty())
        producers[name] = &node;
    collectInnerNames(node, seenBySubgraphs, takenByNodes);
  }
  // Names that are gone stay taken: a profile may still refer to them.
  collectNames(graph(), taken, takenByNodes);
}

template <typename Map>
static auto lookup(const Map &map, llvm::StringRef name)
    -> decltype(map.begin()->second) {
  auto found = map.find(std::string_view(name));
  return found == map.end() ? nullptr : found->second;
}

onnx::NodeProto *OnnxGraph::producer(llvm::StringRef name) const {
  return lookup(producers, name);
}

onnx::TensorProto *OnnxGraph::initializer(llvm::StringRef name) const {
  return lookup(initializers, name);
}

llvm::ArrayRef<onnx::NodeProto *>
OnnxGraph::consumers(llvm::StringRef name) const {
  auto found = users.find(std::string_view(name));
  if (found == users.end())
    return {};
  return found->second;
}

onnx::NodeProto *OnnxGraph::onlyConsumer(llvm::StringRef name) const {
  if (isOutput(name) || seenBySubgraphs.count(std::string_view(name)))
    return nullptr;
  llvm::ArrayRef<onnx::NodeProto *> all = consumers(name);
  return all.size() == 1 ? all.front() : nullptr;
}

int64_t OnnxGraph::opset() const {
  for (const onnx::OperatorSetIdProto &set : proto->opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx")
      return set.version();
  return 0;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// The contents of an initialiser of that type; nothing if \p tensor has
/// another type, or is broken.
template <typename T>
static std::optional<std::vector<T>>
contents(const onnx::TensorProto *tensor, onnx::TensorProto::DataType type) {
  if (!tensor || tensor->data_type() != type)
    return std::nullopt;
  importer::TensorSource source;
  llvm::Expected<Tensor> read = importer::readTensor(*tensor, source);
  if (!read) {
    llvm::consumeError(read.takeError());
    return std::nullopt;
  }
  const auto elements = read->elements<T>();
  return std::vector<T>(elements.begin(), elements.end());
}

std::optional<std::vector<float>>
OnnxGraph::floats(llvm::StringRef name) const {
  return contents<float>(initializer(name), onnx::TensorProto::FLOAT);
}

std::optional<std::vector<int64_t>>
OnnxGraph::ints(llvm::StringRef name) const {
  return contents<int64_t>(initializer(name), onnx::TensorProto::INT64);
}

std::vector<int64_t> OnnxGraph::dims(llvm::StringRef name) const {
  const onnx::TensorProto *tensor = initializer(name);
  if (!tensor)
    return {};
  return {tensor->dims().begin(), tensor->dims().end()};
}

/// \p base, or that with a number, as \p taken does not hold it yet.
static std::string takeUnique(Names &taken, const std::string &base) {
  std::string name = base;
  for (int i = 1; !taken.insert(name).second; ++i)
    name = base + "_" + std::to_string(i);
  return name;
}

std::string OnnxGraph::uniqueName(const std::string &base) {
  return takeUnique(taken, base);
}

std::string OnnxGraph::uniqueNodeName(const std::string &base) {
  return takeUnique(takenByNodes, base);
}

std::string OnnxGraph::addTensor(onnx::TensorProto tensor,
                                 const std::string &base) {
  const std::string name = uniqueName(base);
  tensor.set_name(name);
  onnx::TensorProto *added = graph().add_initializer();
  *added = std::move(tensor);
  initializers[name] = added; // pointers of repeated messages are stable
  return name;
}

std::string OnnxGraph::addBytes(const std::string &base, int32_t onnxType,
                                llvm::ArrayRef<int64_t> dims,
                                llvm::ArrayRef<uint8_t> values) {
  onnx::TensorProto tensor;
  tensor.set_data_type(onnxType);
  for (int64_t dim : dims)
    tensor.add_dims(dim);
  tensor.set_raw_data(values.data(), values.size());
  return addTensor(std::move(tensor), base);
}

template <typename T>
static llvm::ArrayRef<uint8_t> bytesOf(llvm::ArrayRef<T> values) {
  return {reinterpret_cast<const uint8_t *>(values.data()),
          values.size() * sizeof(T)};
}

std::string OnnxGraph::addFloats(const std::string &base,
                                 llvm::ArrayRef<int64_t> dims,
                                 llvm::ArrayRef<float> values) {
  return addBytes(base, onnx::TensorProto::FLOAT, dims, bytesOf(values));
}
std::string OnnxGraph::addInt32(const std::string &base,
                                llvm::ArrayRef<int64_t> dims,
                                llvm::ArrayRef<int32_t> values) {
  return addBytes(base, onnx::TensorProto::INT32, dims, bytesOf(values));
}
std::string OnnxGraph::addInt64(const std::string &base,
                                llvm::ArrayRef<int64_t> dims,
                                llvm::ArrayRef<int64_t> values) {
  return addBytes(base, onnx::TensorProto::INT64, dims, bytesOf(values));
}

//===----------------------------------------------------------------------===//
// Removal
//===----------------------------------------------------------------------===//

/// Keeps the entries of a repeated field that \p keep accepts, in order.
template <typename Field, typename Keep>
static void filter(Field &field, Keep keep) {
  int kept = 0;
  for (int i = 0; i < field.size(); ++i)
    if (keep(field.Get(i))) {
      if (kept != i)
        field.SwapElements(kept, i);
      ++kept;
    }
  field.DeleteSubrange(kept, field.size() - kept);
}

void OnnxGraph::removeNodes(const std::set<const onnx::NodeProto *> &dead) {
  filter(*graph().mutable_node(),
         [&](const onnx::NodeProto &node) { return dead.count(&node) == 0; });
  index();
}

void OnnxGraph::removeUnused() {
  index();
  auto isUsed = [&](const std::string &name) {
    return users.count(name) || outputs.count(name) ||
           seenBySubgraphs.count(name);
  };
  filter(*graph().mutable_initializer(), [&](const onnx::TensorProto &tensor) {
    return isUsed(tensor.name());
  });
  filter(*graph().mutable_value_info(), [&](const onnx::ValueInfoProto &info) {
    return producers.count(info.name()) != 0;
  });
  index();
}
