// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Small ONNX models for tests, and a plain evaluation of a few operators.

#pragma once

#include "core/quantize/ptq/OnnxGraph.h"
#include "core/quantize/ptq/Profile.h"

#include <random>

namespace glowplug::ptq {

/// Builds a model of f32 tensors, node by node.
class ModelBuilder {
public:
  explicit ModelBuilder(int64_t opset = 13);

  ModelBuilder &input(const std::string &name, llvm::ArrayRef<int64_t> dims);
  ModelBuilder &output(const std::string &name);
  ModelBuilder &constant(const std::string &name, llvm::ArrayRef<int64_t> dims,
                         llvm::ArrayRef<float> values);
  /// A constant of numbers in [-1, 1) that depend on the name's turn only.
  ModelBuilder &random(const std::string &name, llvm::ArrayRef<int64_t> dims);
  /// A node named after its output; the caller adds attributes.
  onnx::NodeProto &node(const std::string &type,
                        const std::vector<std::string> &inputs,
                        const std::string &output);

  onnx::ModelProto model;

private:
  std::mt19937 engine{1};
};

void setInts(onnx::NodeProto &node, const std::string &name,
             llvm::ArrayRef<int64_t> values);

/// A dense tensor of a shape.
struct Values {
  std::vector<int64_t> dims;
  std::vector<float> data;
};

Values randomValues(llvm::ArrayRef<int64_t> dims, unsigned seed, float low = -1,
                    float high = 1);

/// Every value of \p graph for \p inputs: Conv (2-D, groups, strides, pads),
/// Relu, LeakyRelu, Clip, BatchNormalization, Add, MatMul of two dims, Reshape
/// to the same order, QuantizeLinear and DequantizeLinear. In float, as ONNX
/// says; sums in double.
std::map<std::string, Values> evaluate(const OnnxGraph &graph,
                                       std::map<std::string, Values> inputs);

/// The profile of every f32 value of \p graph on \p samples.
Profile profileOf(const OnnxGraph &graph,
                  const std::vector<std::map<std::string, Values>> &samples);

} // namespace glowplug::ptq
