// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Small ONNX models for tests, and a plain evaluation of a few operators.

#include "tests/unit/quantize/ptq/ModelBuilder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace glowplug;
using namespace glowplug::ptq;

ModelBuilder::ModelBuilder(int64_t opset) {
  model.set_ir_version(7);
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("test");
}

static void setType(onnx::ValueInfoProto &info, llvm::ArrayRef<int64_t> dims) {
  auto &type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  for (int64_t dim : dims)
    type.mutable_shape()->add_dim()->set_dim_value(dim);
}

ModelBuilder &ModelBuilder::input(const std::string &name,
                                  llvm::ArrayRef<int64_t> dims) {
  onnx::ValueInfoProto &info = *model.mutable_graph()->add_input();
  info.set_name(name);
  setType(info, dims);
  return *this;
}

ModelBuilder &ModelBuilder::output(const std::string &name) {
  model.mutable_graph()->add_output()->set_name(name);
  return *this;
}

ModelBuilder &ModelBuilder::constant(const std::string &name,
                                     llvm::ArrayRef<int64_t> dims,
                                     llvm::ArrayRef<float> values) {
  onnx::TensorProto &tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t dim : dims)
    tensor.add_dims(dim);
  for (float value : values)
    tensor.add_float_data(value);
  return *this;
}

static int64_t product(llvm::ArrayRef<int64_t> dims) {
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= dim;
  return count;
}

ModelBuilder &ModelBuilder::random(const std::string &name,
                                   llvm::ArrayRef<int64_t> dims) {
  return constant(name, dims, randomValues(dims, engine()).data);
}

onnx::NodeProto &ModelBuilder::node(const std::string &type,
                                    const std::vector<std::string> &inputs,
                                    const std::string &output) {
  onnx::NodeProto &node = *model.mutable_graph()->add_node();
  node.set_op_type(type);
  node.set_name(output);
  for (const std::string &name : inputs)
    node.add_input(name);
  node.add_output(output);
  return node;
}

void ptq::setInts(onnx::NodeProto &node, const std::string &name,
                  llvm::ArrayRef<int64_t> values) {
  onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (int64_t value : values)
    attribute.add_ints(value);
}

Values ptq::randomValues(llvm::ArrayRef<int64_t> dims, unsigned seed, float low,
                         float high) {
  std::mt19937 engine(seed);
  Values result{dims.vec(), {}};
  for (int64_t i = 0; i < product(dims); ++i)
    result.data.push_back(low +
                          (high - low) * float(engine() >> 8) / float(1 << 24));
  return result;
}

namespace {

class Evaluator {
public:
  Evaluator(const OnnxGraph &graph, std::map<std::string, Values> values)
      : graph(graph), values(std::move(values)) {}

  std::map<std::string, Values> run() {
    for (const onnx::NodeProto &node : graph.graph().node())
      values[node.output(0)] = evaluate(node);
    return std::move(values);
  }

private:
  Values get(llvm::StringRef name) const {
    auto found = values.find(name.str());
    if (found != values.end())
      return found->second;
    return {graph.dims(name), graph.floats(name).value()};
  }
  Values evaluate(const onnx::NodeProto &node) const;
  Values conv(const onnx::NodeProto &node) const;
  Values matmul(const onnx::NodeProto &node) const;
  Values batchNorm(const onnx::NodeProto &node) const;
  Values quantize(const onnx::NodeProto &node) const;
  Values dequantize(const onnx::NodeProto &node) const;
  /// Integers of an 8-bit or 32-bit initialiser.
  std::vector<double> integers(llvm::StringRef name) const;

  const OnnxGraph &graph;
  std::map<std::string, Values> values; // quantised ones hold integers
};

} // namespace

Values Evaluator::conv(const onnx::NodeProto &node) const {
  const Values x = get(node.input(0)), w = get(node.input(1));
  const std::string biasName = inputName(node, 2).str();
  std::vector<int64_t> pads = intsAttribute(node, "pads");
  std::vector<int64_t> strides = intsAttribute(node, "strides");
  pads.resize(4, 0);
  strides.resize(2, 1);
  const int64_t group = intAttribute(node, "group", 1);
  auto outputSize = [&](size_t d) {
    return (x.dims[d + 2] + pads[d] + pads[d + 2] - w.dims[d + 2]) /
               strides[d] +
           1;
  };
  Values y{{x.dims[0], w.dims[0], outputSize(0), outputSize(1)}, {}};
  for (int64_t n = 0; n < y.dims[0]; ++n)
    for (int64_t o = 0; o < y.dims[1]; ++o)
      for (int64_t h = 0; h < y.dims[2]; ++h)
        for (int64_t v = 0; v < y.dims[3]; ++v) {
          double sum =
              biasName.empty() ? 0. : double(get(biasName).data[size_t(o)]);
          for (int64_t c = 0; c < w.dims[1]; ++c)
            for (int64_t i = 0; i < w.dims[2]; ++i)
              for (int64_t j = 0; j < w.dims[3]; ++j) {
                const int64_t row = h * strides[0] - pads[0] + i;
                const int64_t column = v * strides[1] - pads[1] + j;
                if (row < 0 || row >= x.dims[2] || column < 0 ||
                    column >= x.dims[3])
                  continue;
                const int64_t channel = o / (w.dims[0] / group) * w.dims[1] + c;
                sum +=
                    double(x.data[size_t(
                        ((n * x.dims[1] + channel) * x.dims[2] + row) *
                            x.dims[3] +
                        column)]) *
                    w.data[size_t(
                        ((o * w.dims[1] + c) * w.dims[2] + i) * w.dims[3] + j)];
              }
          y.data.push_back(float(sum));
        }
  return y;
}

Values Evaluator::matmul(const onnx::NodeProto &node) const {
  const Values a = get(node.input(0)), b = get(node.input(1));
  Values y{{a.dims[0], b.dims[1]}, {}};
  for (int64_t m = 0; m < a.dims[0]; ++m)
    for (int64_t n = 0; n < b.dims[1]; ++n) {
      double sum = 0;
      for (int64_t k = 0; k < a.dims[1]; ++k)
        sum += double(a.data[size_t(m * a.dims[1] + k)]) *
               b.data[size_t(k * b.dims[1] + n)];
      y.data.push_back(float(sum));
    }
  return y;
}

Values Evaluator::batchNorm(const onnx::NodeProto &node) const {
  Values y = get(node.input(0));
  const auto inner = size_t(product(llvm::ArrayRef(y.dims).drop_front(2)));
  const Values scale = get(node.input(1)), shift = get(node.input(2)),
               mean = get(node.input(3)), variance = get(node.input(4));
  for (size_t i = 0; i < y.data.size(); ++i) {
    const size_t c = i / inner % size_t(y.dims[1]);
    y.data[i] = float((double(y.data[i]) - mean.data[c]) /
                          std::sqrt(double(variance.data[c]) +
                                    floatAttribute(node, "epsilon", 1e-5F)) *
                          scale.data[c] +
                      shift.data[c]);
  }
  return y;
}

std::vector<double> Evaluator::integers(llvm::StringRef name) const {
  const onnx::TensorProto &tensor = *graph.initializer(name);
  const std::string &raw = tensor.raw_data();
  std::vector<double> result;
  if (tensor.data_type() == onnx::TensorProto::INT32) {
    std::vector<int32_t> wide(raw.size() / 4);
    std::memcpy(wide.data(), raw.data(), raw.size());
    return {wide.begin(), wide.end()};
  }
  for (char byte : raw)
    result.push_back(tensor.data_type() == onnx::TensorProto::UINT8
                         ? double(uint8_t(byte))
                         : double(int8_t(byte)));
  return result;
}

Values Evaluator::quantize(const onnx::NodeProto &node) const {
  Values y = get(node.input(0));
  const float scale = get(node.input(1)).data[0];
  const double zero = integers(node.input(2))[0];
  const bool isUnsigned =
      graph.initializer(node.input(2))->data_type() == onnx::TensorProto::UINT8;
  for (float &value : y.data)
    value = float(std::clamp<double>(std::nearbyint(value / scale) + zero,
                                     isUnsigned ? 0 : -128,
                                     isUnsigned ? 255 : 127));
  return y;
}

Values Evaluator::dequantize(const onnx::NodeProto &node) const {
  Values y;
  if (graph.initializer(node.input(0))) {
    y.dims = graph.dims(node.input(0));
    for (double value : integers(node.input(0)))
      y.data.push_back(float(value));
  } else {
    y = get(node.input(0));
  }
  const std::vector<float> scales = get(node.input(1)).data;
  const double zero = node.input_size() > 2 ? integers(node.input(2))[0] : 0;
  const auto axis = size_t(intAttribute(node, "axis", 0));
  const auto inner =
      scales.size() > 1
          ? size_t(product(llvm::ArrayRef(y.dims).drop_front(axis + 1)))
          : y.data.size();
  for (size_t i = 0; i < y.data.size(); ++i)
    y.data[i] = float(y.data[i] - zero) * scales[i / inner % scales.size()];
  return y;
}

Values Evaluator::evaluate(const onnx::NodeProto &node) const {
  if (isOp(&node, "Conv"))
    return conv(node);
  if (isOp(&node, "MatMul"))
    return matmul(node);
  if (isOp(&node, "BatchNormalization"))
    return batchNorm(node);
  if (isOp(&node, "QuantizeLinear"))
    return quantize(node);
  if (isOp(&node, "DequantizeLinear"))
    return dequantize(node);
  Values y = get(node.input(0));
  if (isOp(&node, "Add")) {
    const Values other = get(node.input(1));
    for (size_t i = 0; i < y.data.size(); ++i)
      y.data[i] += other.data[i % other.data.size()];
  } else if (isOp(&node, "Clip")) {
    const float low = get(node.input(1)).data[0];
    const float high = get(node.input(2)).data[0];
    for (float &value : y.data)
      value = std::clamp(value, low, high);
  } else if (isOp(&node, "Reshape")) {
    const onnx::TensorProto &shape = *graph.initializer(node.input(1));
    y.dims.assign(shape.int64_data().begin(), shape.int64_data().end());
  } else if (!isOp(&node, "Identity")) {
    const float slope = isOp(&node, "LeakyRelu") ? 0.01F : 0;
    for (float &value : y.data)
      value = value < 0 ? slope * value : value;
  }
  return y;
}

std::map<std::string, Values>
ptq::evaluate(const OnnxGraph &graph, std::map<std::string, Values> inputs) {
  return Evaluator(graph, std::move(inputs)).run();
}

Profile
ptq::profileOf(const OnnxGraph &graph,
               const std::vector<std::map<std::string, Values>> &samples) {
  std::map<std::string, TensorCollector> collectors;
  for (const std::map<std::string, Values> &sample : samples)
    for (const auto &[name, values] : evaluate(graph, sample)) {
      const int64_t axis = values.dims.size() > 1 ? 1 : -1;
      auto at = collectors.try_emplace(name, values.dims, axis).first;
      at->second.add(
          Tensor::of<float>(values.dims, llvm::ArrayRef(values.data)));
    }
  Profile profile;
  profile.modelSha256 = std::string(64, '0');
  profile.inputs = "test";
  profile.samples = samples.size();
  for (auto &[name, collector] : collectors)
    profile.tensors.emplace(name, std::move(collector).finish());
  return profile;
}
