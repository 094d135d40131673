// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The compiler's own form of an image: values, and layers that the NPU can do.

#pragma once

#include "backends/npu-sim/compiler/program/Stage.h"
#include "backends/npu-sim/compiler/program/Types.h"

#include <glowplug/image.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glowplug::npusim {

using Shape = std::vector<std::int64_t>;

/// A tensor. A constant has its bytes inline or in a segment of the image.
struct Value {
  gp_image_dtype type = gp_image_dtype_none;
  Shape shape;
  std::string name;
  bool isConstant = false;
  bool isSplat = false;           ///< `data` holds one element
  std::vector<std::uint8_t> data; ///< of a constant: inline bytes
  std::int32_t segment = -1;      ///< of a constant without them
  std::uint64_t offset = 0;       ///< bytes into the segment
};

/// A window over rows and columns, as in matmul and depthwise commands. Ops
/// with one spatial dim have it as columns.
struct Window {
  std::int64_t kernelH = 1, kernelW = 1;
  std::int64_t strideH = 1, strideW = 1;
  std::int64_t dilationH = 1, dilationW = 1;
  std::int64_t padTop = 0, padLeft = 0;
};

enum class LayerKind : std::uint8_t {
  Conv,        ///< convolution with constant weights, any number of groups
  MatMul,      ///< input [batch.., M, K] times weights [batch.., K, N]
  Depthwise,   ///< convolution with one input and output channel per group
  Pool,        ///< window over rows and columns: sum or max
  Reduce,      ///< sum or max over all rows and columns
  Elementwise, ///< stages over whole tensors
  Move,        ///< see Move
};

/// A rearrangement of bytes, or a change of shape.
struct Move {
  gp_image_attributes kind =
      gp_image_attributes_none;          ///< reshape, transpose,
                                         ///< slice, concat, pad or broadcast
  std::vector<std::int64_t> permutation; ///< transpose
  std::vector<std::int64_t> starts, strides; ///< slice
  std::vector<std::int64_t> low, high;       ///< pad; without interior
  std::uint8_t padValue = 0;
  std::int64_t dim = 0; ///< concat
};

/// One op of the image. Tensors of Conv, Depthwise, Pool and Reduce are [N, C,
/// W] or [N, C, H, W].
struct Layer {
  LayerKind kind = LayerKind::Move;
  std::uint32_t op = 0; ///< index into the body
  std::string name;     ///< of the node of the model, or of its kind
  /// What the stages and Move read; the first is the input, the second of Conv,
  /// MatMul and Depthwise the weights.
  std::vector<ValueId> operands;
  ValueId result = noValue;

  bool inputUnsigned = false;
  std::int32_t inputZeroPoint = 0;
  bool weightUnsigned = false;
  std::vector<std::int32_t> weightZeroPoints; ///< one, or one per column
  Window window;
  std::int64_t groups = 1;
  bool isMax = false;        ///< Pool, Reduce: maximum, else sum
  std::vector<Stage> stages; ///< at least one, except in Move
  /// The dim of the result with one of the Lanes for each index: 1, or the last
  /// for MatMul. Elementwise: one along which no operand is broadcast.
  int channel = 1;
  Move move;
  std::int64_t macs = 0; ///< multiplications of the original op
};

struct Program {
  std::string name;
  std::vector<Value> values;
  std::vector<ValueId> inputs, outputs; ///< of the image, in order
  std::vector<Layer> layers;            ///< in order of dependence
};

/// Number of elements; 1 for rank 0.
std::int64_t elementCount(const Shape &shape);

/// The value of all elements of \p value, if it is a constant of integers and
/// that can be told without the bytes of a segment.
std::optional<std::int64_t> singleValue(const Value &value);

} // namespace glowplug::npusim
