// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A node, and typed access to its attributes.

#include "core/importer/onnx/model/NodeOrder.h"
#include "core/importer/onnx/model/Tensors.h"
#include "core/importer/onnx/node/Handler.h"
#include "core/importer/onnx/proto/onnx.pb.h"
#include "core/support/FaultError.h"

using namespace glowplug;
using namespace glowplug::importer;
using onnx::AttributeProto;

/// The names of a node; without one of its own it has that of its output.
static OpNames namesOf(const onnx::NodeProto &proto, size_t index) {
  OpNames names;
  names.where = nodeTitle(proto, index);
  names.title = proto.name();
  names.inputs.assign(proto.input().begin(), proto.input().end());
  names.outputs.assign(proto.output().begin(), proto.output().end());
  for (size_t i = 0; names.title.empty() && i < names.outputs.size(); ++i)
    names.title = names.outputs[i].str();
  return names;
}

Node::Node(GraphBuilder &graph, const onnx::NodeProto &proto, size_t index,
           int64_t opset, TensorSource &source, StorageNames &storageNames,
           InnerGraphs &inner)
    : OpImport(graph, namesOf(proto, index)), proto(proto), version(opset),
      source(source), storageNames(storageNames), inner(inner) {
  for (const AttributeProto &attribute : proto.attribute()) {
    if (!attribute.ref_attr_name().empty())
      (void)fail("attribute '" + attribute.name() +
                 "' refers to an attribute of a function, outside of one");
    if (!attributes.try_emplace(attribute.name(), &attribute).second)
      (void)fail("attribute '" + attribute.name() + "' is given twice");
  }
}

const StorageType *Node::storage(unsigned i) const {
  return hasInput(i) ? storageNames.lookup(proto.input(static_cast<int>(i)))
                     : nullptr;
}

void Node::nameStorage() const {
  if (!resultStorage)
    return;
  for (const std::string &name : proto.output())
    if (!name.empty())
      storageNames[name] = resultStorage;
}

StringRef Node::opType() const { return proto.op_type(); }

void Node::checkAttributesRead() {
  for (const auto &[name, attribute] : attributes)
    check(readAttributes.contains(name),
          "attribute '" + name + "' is not known in opset " + Twine(version));
}

/// The type that the fields of an attribute imply; 0 if no field is set, -1 if
/// they imply two.
static int typeOfFields(const AttributeProto &attribute) {
  int found = 0;
  auto note = [&](bool isSet, int type) {
    if (isSet)
      found = found == 0 ? type : -1;
  };
  note(attribute.has_f(), AttributeProto::FLOAT);
  note(attribute.has_i(), AttributeProto::INT);
  note(attribute.has_s(), AttributeProto::STRING);
  note(attribute.has_t(), AttributeProto::TENSOR);
  note(attribute.has_g(), AttributeProto::GRAPH);
  note(attribute.has_sparse_tensor(), AttributeProto::SPARSE_TENSOR);
  note(attribute.has_tp(), AttributeProto::TYPE_PROTO);
  note(attribute.floats_size() != 0, AttributeProto::FLOATS);
  note(attribute.ints_size() != 0, AttributeProto::INTS);
  note(attribute.strings_size() != 0, AttributeProto::STRINGS);
  note(attribute.tensors_size() != 0, AttributeProto::TENSORS);
  note(attribute.graphs_size() != 0, AttributeProto::GRAPHS);
  note(attribute.sparse_tensors_size() != 0, AttributeProto::SPARSE_TENSORS);
  note(attribute.type_protos_size() != 0, AttributeProto::TYPE_PROTOS);
  return found;
}

static std::string typeName(int type) {
  if (type < 0)
    return "more than one type";
  return AttributeProto::AttributeType_Name(
      static_cast<AttributeProto::AttributeType>(type));
}

/// The attribute \p name, if it is given; marks it as read. With \p type not
/// negative, its declared type and the fields that are set have to agree.
const AttributeProto *Node::findAttr(StringRef name, int type) {
  readAttributes[name] = true;
  auto entry = attributes.find(name);
  if (entry == attributes.end())
    return nullptr;
  const AttributeProto *attribute = entry->second;
  if (type < 0)
    return attribute;
  // An empty list, and in some writers a zero, sets no field.
  const int fields = typeOfFields(*attribute);
  const int declared = attribute->has_type() ? attribute->type() : fields;
  if (!check(declared == type || (declared == 0 && fields == 0),
             "attribute '" + name + "' needs type " + typeName(type) +
                 ", but has " + typeName(declared)) ||
      !check(fields == 0 || fields == type,
             "attribute '" + name + "' says type " + typeName(type) +
                 ", but holds " + typeName(fields)))
    return nullptr;
  return attribute;
}

bool Node::hasAttr(StringRef name) { return attributes.contains(name); }

int64_t Node::intAttr(StringRef name, int64_t fallback) {
  const AttributeProto *attribute = findAttr(name, AttributeProto::INT);
  return attribute ? attribute->i() : fallback;
}

int64_t Node::requiredInt(StringRef name) {
  check(hasAttr(name), "attribute '" + name + "' is missing");
  return intAttr(name, 0);
}

bool Node::flagAttr(StringRef name, bool fallback) {
  const int64_t value = intAttr(name, fallback);
  check(value == 0 || value == 1,
        "attribute '" + name + "' needs to be 0 or 1, but got " + Twine(value));
  return value == 1;
}

double Node::floatAttr(StringRef name, double fallback) {
  const AttributeProto *attribute = findAttr(name, AttributeProto::FLOAT);
  return attribute ? attribute->f() : static_cast<float>(fallback);
}

std::string Node::stringAttr(StringRef name, StringRef fallback) {
  const AttributeProto *attribute = findAttr(name, AttributeProto::STRING);
  return attribute ? attribute->s() : fallback.str();
}

std::optional<SmallVector<int64_t>> Node::intsAttr(StringRef name) {
  const AttributeProto *attribute = findAttr(name, AttributeProto::INTS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<int64_t>(attribute->ints().begin(),
                              attribute->ints().end());
}

std::optional<SmallVector<double>> Node::floatsAttr(StringRef name) {
  const AttributeProto *attribute = findAttr(name, AttributeProto::FLOATS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<double>(attribute->floats().begin(),
                             attribute->floats().end());
}

std::optional<SmallVector<std::string>> Node::stringsAttr(StringRef name) {
  const AttributeProto *attribute = findAttr(name, AttributeProto::STRINGS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<std::string>(attribute->strings().begin(),
                                  attribute->strings().end());
}

std::optional<Tensor> Node::tensorAttr(StringRef name) {
  const AttributeProto *attribute = findAttr(name, AttributeProto::TENSOR);
  if (!attribute)
    return std::nullopt;
  llvm::Expected<Tensor> tensor = readTensor(attribute->t(), source);
  if (tensor)
    return *tensor;
  stopAtAttr(name, tensor.takeError());
  return std::nullopt;
}

const onnx::GraphProto *Node::graphAttr(StringRef name) {
  const AttributeProto *attribute = findAttr(name, AttributeProto::GRAPH);
  if (!check(attribute && attribute->has_g(),
             "attribute '" + name + "' is missing"))
    return nullptr;
  return &attribute->g();
}

std::optional<Tensor> Node::storedAttr(StringRef name) {
  const AttributeProto *attribute = findAttr(name, AttributeProto::TENSOR);
  if (!attribute)
    return std::nullopt;
  llvm::Expected<StoredTensor> stored = readStored(attribute->t(), source);
  if (stored) {
    resultsAre(stored->storage);
    return stored->tensor;
  }
  stopAtAttr(name, stored.takeError());
  return std::nullopt;
}

void Node::stopAtAttr(StringRef name, llvm::Error error) {
  Fault fault = faultOf(std::move(error), FaultKind::model);
  fault.message = "attribute '" + name.str() + "': " + fault.message;
  (void)stop(std::move(fault));
}
