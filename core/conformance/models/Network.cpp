// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layers as ONNX nodes.

#include "core/conformance/models/Network.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace glowplug::models {

using graphs::Attributes;
using graphs::Fill;

Network::Network(uint64_t seed, DType type)
    : random(seed), type(type), builder(random, {}, {}) {}

Value Network::input(const Shape &shape) {
  return builder.fresh(type, shape, Fill::between(-1, 1), 0);
}

Value Network::numbers(const Shape &shape, double low, double high) {
  return builder.constant(
      makeData(random, type, shape, Fill::between(low, high), {}));
}

Value Network::weights(const Shape &shape, int64_t terms) {
  // A uniform distribution of this width has the variance 1.5 / terms: what
  // activations cut off is in between 0 and half of it.
  const double most = std::sqrt(4.5 / static_cast<double>(terms));
  return numbers(shape, -most, most);
}

//===----------------------------------------------------------------------===//
// Images
//===----------------------------------------------------------------------===//

/// Windows over \p size elements.
static int64_t windowsOver(int64_t size, const Sliding &window) {
  return (size + 2 * window.pad - window.kernel) / window.stride + 1;
}

static Attributes attributesOf(const Sliding &window) {
  Attributes attributes;
  attributes.set("kernel_shape", Shape{window.kernel, window.kernel})
      .set("strides", Shape{window.stride, window.stride})
      .set("pads", Shape(4, window.pad));
  return attributes;
}

Value Network::conv(const Value &x, int64_t channels, const Sliding &window) {
  const int64_t inputs = x.shape[1] / window.groups;
  const Value w = weights({channels, inputs, window.kernel, window.kernel},
                          inputs * window.kernel * window.kernel);
  return builder.node("Conv", {x, w, numbers({channels}, -0.1, 0.1)}, type,
                      {x.shape[0], channels, windowsOver(x.shape[2], window),
                       windowsOver(x.shape[3], window)},
                      attributesOf(window).set("group", window.groups));
}

Value Network::convTranspose(const Value &x, int64_t channels, int64_t factor) {
  const Value w = weights({x.shape[1], channels, factor, factor}, x.shape[1]);
  return builder.node(
      "ConvTranspose", {x, w, numbers({channels}, -0.1, 0.1)}, type,
      {x.shape[0], channels, x.shape[2] * factor, x.shape[3] * factor},
      attributesOf({factor, factor, 0}));
}

Value Network::batchNorm(const Value &x) {
  const Shape channels = {x.shape[1]};
  return builder.node(
      "BatchNormalization",
      {x, numbers(channels, 0.8, 1.2), numbers(channels, -0.2, 0.2),
       numbers(channels, -0.2, 0.2), numbers(channels, 0.6, 1.4)},
      type, x.shape);
}

Value Network::pool(const char *op, const Value &x, const Sliding &window) {
  return builder.node(op, {x}, type,
                      {x.shape[0], x.shape[1], windowsOver(x.shape[2], window),
                       windowsOver(x.shape[3], window)},
                      attributesOf(window));
}

Value Network::maxPool(const Value &x, const Sliding &window) {
  return pool("MaxPool", x, window);
}

Value Network::averagePool(const Value &x, const Sliding &window) {
  return pool("AveragePool", x, window);
}

Value Network::globalAveragePool(const Value &x) {
  return builder.node("GlobalAveragePool", {x}, type,
                      {x.shape[0], x.shape[1], 1, 1});
}

Value Network::repeat(const Value &x, int64_t factor) {
  const auto times = static_cast<float>(factor);
  const Value scales =
      builder.constant(Tensor::of<float>({4}, {1, 1, times, times}));
  return builder.node(
      "Resize", {x, Value(), scales}, type,
      {x.shape[0], x.shape[1], x.shape[2] * factor, x.shape[3] * factor},
      Attributes()
          .set("mode", "nearest")
          .set("coordinate_transformation_mode", "asymmetric")
          .set("nearest_mode", "floor"));
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

Value Network::dense(const Value &x, int64_t units) {
  const int64_t inputs = x.shape.back();
  const Value w = weights({inputs, units}, inputs);
  const Value bias = numbers({units}, -0.1, 0.1);
  if (x.rank() == 2)
    return builder.node("Gemm", {x, w, bias}, type, {x.shape[0], units});
  return add(matmul(x, w), bias);
}

Value Network::matmul(const Value &a, const Value &b) {
  Shape shape = a.shape;
  shape.back() = b.shape.back();
  return builder.node("MatMul", {a, b}, type, shape);
}

Value Network::layerNorm(const Value &x) {
  const Shape row = {x.shape.back()};
  return builder.node("LayerNormalization",
                      {x, numbers(row, 0.8, 1.2), numbers(row, -0.2, 0.2)},
                      type, x.shape, Attributes().set("axis", int64_t{-1}));
}

Value Network::softmax(const Value &x) {
  return builder.node("Softmax", {x}, type, x.shape,
                      Attributes().set("axis", int64_t{-1}));
}

std::vector<Value> Network::recurrent(const char *op, const Value &x,
                                      int64_t units) {
  const llvm::StringRef name = op;
  const int64_t gates = name == "LSTM" ? 4 : name == "GRU" ? 3 : 1;
  const int64_t batch = x.shape[0], steps = x.shape[1], inputs = x.shape[2];
  const Value rows = transpose(x, {1, 0, 2});
  return builder.nodes(
      op, "",
      {rows, weights({1, gates * units, inputs}, inputs),
       weights({1, gates * units, units}, units),
       numbers({1, 2 * gates * units}, -0.1, 0.1)},
      {{type, {steps, 1, batch, units}}, {type, {1, batch, units}}},
      Attributes().set("hidden_size", units), false);
}

Value Network::lastOf(const char *op, const Value &x, int64_t units) {
  const Value last = recurrent(op, x, units)[1];
  return builder.node("Squeeze", {last, builder.ints({0})}, type,
                      {x.shape[0], units});
}

Value Network::allOf(const char *op, const Value &x, int64_t units) {
  const Value all = recurrent(op, x, units)[0];
  const Value rows = builder.node("Squeeze", {all, builder.ints({1})}, type,
                                  {x.shape[1], x.shape[0], units});
  return transpose(rows, {1, 0, 2});
}

Value Network::largest(const Value &x, int64_t count) {
  Shape shape = x.shape;
  shape.back() = count;
  return builder
      .nodes("TopK", "", {x, builder.ints({count})},
             {{type, shape}, {DType::i64, shape}}, {}, false)
      .front();
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value Network::activation(const char *op, const Value &x) {
  return builder.node(op, {x}, type, x.shape);
}

Value Network::relu6(const Value &x) {
  return builder.node("Clip",
                      {x, builder.scalar(type, 0), builder.scalar(type, 6)},
                      type, x.shape);
}

Value Network::binary(const char *op, const Value &a, const Value &b) {
  // The operand of more elements has the shape of the result.
  return builder.node(op, {a, b}, type,
                      a.count() < b.count() ? b.shape : a.shape);
}

Value Network::scaled(const Value &x, double factor) {
  return mul(x, builder.scalar(type, factor));
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

Value Network::reshape(const Value &x, const Shape &rest) {
  Shape target = {0}, shape = {x.shape[0]}; // 0: as the operand has it
  llvm::append_range(target, rest);
  llvm::append_range(shape, rest);
  return builder.node("Reshape", {x, builder.ints(target)}, type, shape);
}

Value Network::transpose(const Value &x, const Shape &permutation) {
  Shape shape;
  for (const int64_t axis : permutation)
    shape.push_back(x.shape[axis]);
  return builder.node("Transpose", {x}, type, shape,
                      Attributes().set("perm", permutation));
}

Value Network::concat(const std::vector<Value> &parts, int64_t axis) {
  Shape shape = parts.front().shape;
  shape[axis] = 0;
  for (const Value &part : parts)
    shape[axis] += part.shape[axis];
  return builder.node("Concat", parts, type, shape,
                      Attributes().set("axis", axis));
}

Value Network::slice(const Value &x, int64_t axis, int64_t begin, int64_t end) {
  Shape shape = x.shape;
  shape[axis] = end - begin;
  return builder.node(
      "Slice",
      {x, builder.ints({begin}), builder.ints({end}), builder.ints({axis})},
      type, shape);
}

graphs::Case Network::finish(const std::vector<Value> &outputs) {
  graphs::Case made = builder.finish(outputs);
  for (const Value &value : builder.values())
    graphs::describe(*made.model.mutable_graph()->add_value_info(), value.name,
                     value.type, value.shape);
  return made;
}

} // namespace glowplug::models
