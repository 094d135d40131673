// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases as protobuf messages, as files, and as text.

#include "core/conformance/graphs/Case.h"

#include "core/driver/TensorFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <fstream>

using namespace glowplug;
using namespace glowplug::graphs;

static constexpr std::pair<DType, int32_t> numbers[] = {
    {DType::f32, 1},   {DType::u8, 2},   {DType::i8, 3},   {DType::u16, 4},
    {DType::i16, 5},   {DType::i32, 6},  {DType::i64, 7},  {DType::boolean, 9},
    {DType::f16, 10},  {DType::f64, 11}, {DType::u32, 12}, {DType::u64, 13},
    {DType::bf16, 16},
};

int32_t graphs::onnxOfDType(DType type) {
  for (auto [dtype, number] : numbers)
    if (dtype == type)
      return number;
  return 0;
}

DType graphs::dtypeOfOnnx(int32_t wanted) {
  for (auto [dtype, number] : numbers)
    if (number == wanted)
      return dtype;
  return DType::none;
}

onnx::TensorProto graphs::protoOf(const Tensor &tensor,
                                  const std::string &name) {
  onnx::TensorProto proto;
  proto.set_name(name);
  proto.set_data_type(onnxOfDType(tensor.dtype()));
  for (int64_t size : tensor.shape())
    proto.add_dims(size);
  proto.set_raw_data(tensor.bytes().data(), tensor.bytes().size());
  return proto;
}

Tensor graphs::tensorOf(const onnx::TensorProto &proto) {
  const Shape shape(proto.dims().begin(), proto.dims().end());
  Tensor tensor =
      llvm::cantFail(Tensor::zeros(dtypeOfOnnx(proto.data_type()), shape));
  assert(proto.raw_data().size() == tensor.byteCount());
  if (tensor.byteCount() != 0)
    std::memcpy(tensor.mutableBytes().data(), proto.raw_data().data(),
                tensor.byteCount());
  return tensor;
}

void graphs::describe(onnx::ValueInfoProto &info, const std::string &name,
                      DType type, llvm::ArrayRef<int64_t> shape) {
  info.set_name(name);
  auto &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnxOfDType(type));
  tensor.clear_shape();
  tensor.mutable_shape(); // rank 0 is a shape too
  for (int64_t size : shape)
    tensor.mutable_shape()->add_dim()->set_dim_value(size);
}

int64_t graphs::elementsOf(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string attributeText(const onnx::AttributeProto &attribute) {
  std::string text = attribute.name() + "=";
  llvm::raw_string_ostream os(text);
  switch (attribute.type()) {
  case onnx::AttributeProto::INT:
    os << attribute.i();
    break;
  case onnx::AttributeProto::FLOAT:
    os << attribute.f();
    break;
  case onnx::AttributeProto::STRING:
    os << attribute.s();
    break;
  case onnx::AttributeProto::INTS:
    os << '[';
    llvm::interleaveComma(attribute.ints(), os);
    os << ']';
    break;
  default:
    os << "...";
  }
  return text;
}

std::string graphs::textOf(const Case &which) {
  std::string text;
  llvm::raw_string_ostream os(text);
  const onnx::GraphProto &graph = which.model.graph();
  for (auto [info, tensor] : llvm::zip(graph.input(), which.inputs))
    os << "input    " << info.name() << " " << tensor.typeString() << "\n";
  for (const onnx::TensorProto &proto : graph.initializer()) {
    const Tensor tensor = tensorOf(proto);
    os << "constant " << proto.name() << " " << tensor.typeString();
    if (tensor.elementCount() <= 8) {
      os << " = ";
      llvm::interleaveComma(toDoubles(tensor), os);
    }
    os << "\n";
  }
  for (const onnx::NodeProto &node : graph.node()) {
    os << "node     ";
    llvm::interleaveComma(node.output(), os);
    os << " = " << node.op_type() << "(";
    llvm::interleaveComma(node.input(), os);
    os << ")";
    for (const onnx::AttributeProto &attribute : node.attribute())
      os << " " << attributeText(attribute);
    os << "\n";
  }
  for (const onnx::ValueInfoProto &info : graph.output())
    os << "output   " << info.name() << "\n";
  return text;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static llvm::Error writeTensors(const std::string &prefix,
                                llvm::ArrayRef<Tensor> tensors) {
  for (auto [i, tensor] : llvm::enumerate(tensors))
    if (llvm::Error error =
            writeTensorFile(prefix + std::to_string(i) + ".pb", "", tensor))
      return error;
  return llvm::Error::success();
}

llvm::Error graphs::writeCase(const std::string &folder, const Case &which,
                              llvm::ArrayRef<Tensor> outputs) {
  const std::string data = folder + "/test_data_set_0";
  if (std::error_code error = llvm::sys::fs::create_directories(data))
    return llvm::createStringError("'" + data + "': " + error.message());
  std::ofstream file(folder + "/model.onnx", std::ios::binary);
  if (!which.model.SerializeToOstream(&file) || !file.flush())
    return llvm::createStringError("cannot write '" + folder + "/model.onnx'");
  if (llvm::Error error = writeTensors(data + "/input_", which.inputs))
    return error;
  return writeTensors(data + "/output_", outputs);
}

llvm::Expected<Case> graphs::readCase(const std::string &folder) {
  Case result;
  std::ifstream file(folder + "/model.onnx", std::ios::binary);
  if (!result.model.ParseFromIstream(&file))
    return llvm::createStringError("cannot read '" + folder + "/model.onnx'");
  for (onnx::TensorProto &proto :
       *result.model.mutable_graph()->mutable_initializer())
    if (!proto.has_raw_data())
      return llvm::createStringError("'" + folder + "/model.onnx': constant '" +
                                     proto.name() + "' needs raw data");
  llvm::Expected<std::vector<NamedTensor>> inputs =
      readTensorFolder(folder + "/test_data_set_0", "input");
  if (!inputs)
    return inputs.takeError();
  for (NamedTensor &named : *inputs)
    result.inputs.push_back(std::move(named.tensor));
  return result;
}
