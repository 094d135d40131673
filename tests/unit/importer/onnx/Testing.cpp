// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds models and imports them.

#include "tests/unit/importer/onnx/Testing.h"

#include "llvm/Support/raw_ostream.h"

using namespace glowplug;
using namespace glowplug::testing;

Model::Model(int64_t opset) : graph(*proto.mutable_graph()) {
  proto.set_ir_version(8);
  proto.add_opset_import()->set_version(opset);
  graph.set_name("test");
}

Model &Model::input(const char *name, const Sizes &shape, int type) {
  onnx::ValueInfoProto &info = *graph.add_input();
  info.set_name(name);
  auto &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  auto &dims = *tensor.mutable_shape();
  for (int64_t size : shape) {
    if (size >= 0)
      dims.add_dim()->set_dim_value(size);
    else
      dims.add_dim()->set_dim_param(size == -1 ? "N" : "M");
  }
  return *this;
}

Model &Model::output(const char *name) {
  graph.add_output()->set_name(name);
  return *this;
}

onnx::NodeProto &testing::fill(onnx::NodeProto &node, const char *op,
                               Names inputs, Names outputs) {
  node.set_op_type(op);
  for (const char *name : inputs)
    node.add_input(name);
  for (const char *name : outputs)
    node.add_output(name);
  return node;
}

onnx::NodeProto &Model::node(const char *op, Names inputs, Names outputs) {
  return fill(*graph.add_node(), op, inputs, outputs);
}

onnx::TensorProto &Model::initializer(const char *name, const Sizes &shape,
                                      int type) {
  onnx::TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (int64_t size : shape)
    tensor.add_dims(size);
  return tensor;
}

Model &Model::ints(const char *name, const std::vector<int64_t> &values) {
  onnx::TensorProto &tensor = initializer(
      name, {static_cast<int64_t>(values.size())}, onnx::TensorProto::INT64);
  for (int64_t value : values)
    tensor.add_int64_data(value);
  return *this;
}

void testing::setInt(onnx::NodeProto &node, const char *name, int64_t value) {
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void testing::setInts(onnx::NodeProto &node, const char *name,
                      const std::vector<int64_t> &values) {
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (int64_t value : values)
    attribute.add_ints(value);
}

static Outcome outcomeOf(llvm::Expected<ImportedModel> model) {
  Outcome outcome;
  if (!model) {
    llvm::handleAllErrors(model.takeError(), [&](const FaultError &error) {
      outcome.kind = error.kind();
      outcome.text = error.message();
      outcome.setting = error.fault().setting;
    });
    return outcome;
  }
  outcome.imported = true;
  outcome.inputs = model->inputs;
  outcome.outputs = model->outputs;
  outcome.bound = model->bound;
  outcome.warnings = model->warnings;
  llvm::raw_string_ostream os(outcome.text);
  model->module->print(os, mlir::OpPrintingFlags().elideLargeResourceString());
  return outcome;
}

Outcome testing::import(const std::string &bytes, const ImportOptions &options,
                        const std::string &folder) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  const llvm::ArrayRef<uint8_t> view(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  return outcomeOf(importModel(context, {"test", view, folder}, options));
}

Outcome testing::import(const Model &model, const ImportOptions &options) {
  return import(model.bytes(), options);
}

Outcome testing::importPath(const std::string &path,
                            const ImportOptions &options) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  return outcomeOf(importModel(context, {path}, options));
}

Model testing::oneNode(const char *op, const Sizes &shape, int64_t opset) {
  Model model(opset);
  model.input("x", shape);
  model.node(op, {"x"}, {"y"});
  model.output("y");
  return model;
}
