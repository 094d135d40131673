// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Layers of networks, with weights from a seed.

#pragma once

#include "core/conformance/graphs/Builder.h"

namespace glowplug::models {

using graphs::Shape;
using graphs::Value;

/// A window over height and width.
struct Sliding {
  int64_t kernel = 3;
  int64_t stride = 1;
  int64_t pad = 1; ///< On every side.
  int64_t groups = 1;
};

/// Builds a model, whose values are all of one float type. The first dim of
/// every value is the batch, and no node says how large that is: changeBatch()
/// makes another size of it. Weights are drawn so that the sums of a layer have
/// about the variance of its input.
class Network {
public:
  /// Equal arguments give equal models. \p type: f32, f16 or bf16.
  Network(uint64_t seed, DType type);

  /// An input of the model, of numbers in [-1, 1). \p shape begins with 1.
  Value input(const Shape &shape);

  // ---- Images, [N, C, H, W]
  /// Convolution with a bias.
  Value conv(const Value &x, int64_t channels, const Sliding &window = {});
  /// A convolution with a window of 1.
  Value pointwise(const Value &x, int64_t channels, int64_t groups = 1) {
    return conv(x, channels, {1, 1, 0, groups});
  }
  /// A convolution of each channel by itself.
  Value depthwise(const Value &x, const Sliding &window) {
    return conv(x, x.shape[1],
                {window.kernel, window.stride, window.pad, x.shape[1]});
  }
  /// Windows that do not overlap, \p factor times as high and wide.
  Value convTranspose(const Value &x, int64_t channels, int64_t factor);
  Value batchNorm(const Value &x);
  Value maxPool(const Value &x, const Sliding &window);
  Value averagePool(const Value &x, const Sliding &window);
  /// [N, C, 1, 1]
  Value globalAveragePool(const Value &x);
  /// Each element \p factor times in height and width.
  Value repeat(const Value &x, int64_t factor);

  // ---- Rows, [N, ..., K]
  /// A product with weights and a bias over the last dim.
  Value dense(const Value &x, int64_t units);
  /// A product of two values over the last dim of \p a, and the one before the
  /// last of \p b.
  Value matmul(const Value &a, const Value &b);
  Value layerNorm(const Value &x);
  Value softmax(const Value &x);
  /// Over [N, steps, K]: what the last step gives, [N, units]. \p op: "LSTM",
  /// "GRU" or "RNN".
  Value lastOf(const char *op, const Value &x, int64_t units);
  /// The same, but what all steps give: [N, steps, units].
  Value allOf(const char *op, const Value &x, int64_t units);
  /// The \p count largest over the last dim, sorted.
  Value largest(const Value &x, int64_t count);

  // ---- Elements
  /// "Relu", "Sigmoid", "HardSwish", "HardSigmoid", "Gelu", "Tanh"
  Value activation(const char *op, const Value &x);
  Value relu(const Value &x) { return activation("Relu", x); }
  /// Clip to 0 to 6.
  Value relu6(const Value &x);
  Value add(const Value &a, const Value &b) { return binary("Add", a, b); }
  Value mul(const Value &a, const Value &b) { return binary("Mul", a, b); }
  /// \p x times a number.
  Value scaled(const Value &x, double factor);

  // ---- Movement
  /// \p rest: all dims but the batch.
  Value reshape(const Value &x, const Shape &rest);
  Value flatten(const Value &x) { return reshape(x, {x.count() / x.shape[0]}); }
  Value transpose(const Value &x, const Shape &permutation);
  Value concat(const std::vector<Value> &parts, int64_t axis);
  /// The elements \p begin to \p end (without) of a dim.
  Value slice(const Value &x, int64_t axis, int64_t begin, int64_t end);

  /// The model with these outputs, and the shapes of all values.
  graphs::Case finish(const std::vector<Value> &outputs);

private:
  /// Weights of sums of \p terms terms.
  Value weights(const Shape &shape, int64_t terms);
  Value numbers(const Shape &shape, double low, double high);
  Value pool(const char *op, const Value &x, const Sliding &window);
  Value binary(const char *op, const Value &a, const Value &b);
  /// Both outputs of a recurrent layer: of all steps, and of the last one.
  std::vector<Value> recurrent(const char *op, const Value &x, int64_t units);

  Random random;
  const DType type;
  graphs::Builder builder;
};

} // namespace glowplug::models
