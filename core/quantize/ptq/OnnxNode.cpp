// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names and attributes of nodes.

#include "core/quantize/ptq/OnnxGraph.h"

using namespace glowplug;
using namespace glowplug::ptq;

std::string ptq::nodeName(const onnx::NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  return node.output_size() > 0 ? node.output(0) : "";
}

std::string ptq::nodeText(const onnx::NodeProto &node) {
  return "node '" + nodeName(node) + "' (" + node.op_type() + ")";
}

const onnx::AttributeProto *ptq::findAttribute(const onnx::NodeProto &node,
                                               llvm::StringRef name) {
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

int64_t ptq::intAttribute(const onnx::NodeProto &node, llvm::StringRef name,
                          int64_t fallback) {
  const onnx::AttributeProto *attribute = findAttribute(node, name);
  return attribute ? attribute->i() : fallback;
}

float ptq::floatAttribute(const onnx::NodeProto &node, llvm::StringRef name,
                          float fallback) {
  const onnx::AttributeProto *attribute = findAttribute(node, name);
  return attribute ? attribute->f() : fallback;
}

std::string ptq::stringAttribute(const onnx::NodeProto &node,
                                 llvm::StringRef name,
                                 llvm::StringRef fallback) {
  const onnx::AttributeProto *attribute = findAttribute(node, name);
  return attribute ? attribute->s() : fallback.str();
}

std::vector<int64_t> ptq::intsAttribute(const onnx::NodeProto &node,
                                        llvm::StringRef name) {
  const onnx::AttributeProto *attribute = findAttribute(node, name);
  if (!attribute)
    return {};
  return {attribute->ints().begin(), attribute->ints().end()};
}

static onnx::AttributeProto &attributeFor(onnx::NodeProto &node,
                                          llvm::StringRef name) {
  removeAttribute(node, name);
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name.str());
  return attribute;
}

void ptq::setIntAttribute(onnx::NodeProto &node, llvm::StringRef name,
                          int64_t value) {
  onnx::AttributeProto &attribute = attributeFor(node, name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void ptq::setFloatAttribute(onnx::NodeProto &node, llvm::StringRef name,
                            float value) {
  onnx::AttributeProto &attribute = attributeFor(node, name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

void ptq::removeAttribute(onnx::NodeProto &node, llvm::StringRef name) {
  for (int i = node.attribute_size(); i-- > 0;)
    if (node.attribute(i).name() == name)
      node.mutable_attribute()->DeleteSubrange(i, 1);
}

llvm::StringRef ptq::inputName(const onnx::NodeProto &node, int i) {
  return i < node.input_size() ? llvm::StringRef(node.input(i))
                               : llvm::StringRef();
}

bool ptq::isOp(const onnx::NodeProto *node, llvm::StringRef type) {
  return node && node->op_type() == type &&
         (node->domain().empty() || node->domain() == "ai.onnx");
}
