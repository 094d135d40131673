// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random quantised graphs of one operator, as numbers and as IR.

#pragma once

#include "core/prim/Build.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <random>
#include <vector>

namespace glowplug::test {

enum class Anchor { conv, matmul, averagePool, globalPool, add, mul };
enum class BiasKind { none, matching, mismatching, floats };

/// A tensor of 8-bit integers and what they stand for.
struct QTensor {
  bool isSigned = false;
  prim::Shape shape;
  std::vector<int> values;
  std::vector<float> scale; ///< One, or one per entry of dim `axis`.
  int axis = -1, zp = 0;

  int low() const { return isSigned ? -128 : 0; }
  int high() const { return isSigned ? 127 : 255; }
  float scaleAt(int64_t channel) const {
    return scale.size() == 1 ? scale[0] : scale[channel];
  }
};

/// One graph: quantize(limits(anchor(dequantize a, dequantize b) + bias)).
struct Island {
  Anchor anchor = Anchor::conv;
  QTensor a, b;
  /// Of the convolution (two spatial dims) or the window.
  int64_t stride = 1, pad = 0, dilation = 1, groups = 1, kernel = 1;
  BiasKind bias = BiasKind::none;
  std::vector<int32_t> biasIntegers; ///< Per output channel.
  std::vector<float> biasScale, biasFloats;
  std::optional<float> low, high; ///< Relu or Clip.
  bool outSigned = false;
  float outScale = 1;
  int outZp = 0;

  std::string text() const;
};

/// A random island. Every fourth has scales that are powers of two, so that
/// ties are frequent.
Island randomIsland(std::mt19937 &random, Anchor anchor);

/// A module with a function `main` of the island's dynamic operands: `a`, and
/// `b` but for a convolution, whose weights are a constant.
mlir::OwningOpRef<mlir::ModuleOp> buildIsland(mlir::MLIRContext &context,
                                              const Island &island);

/// The operands of that function.
std::vector<Tensor> inputsOf(const Island &island);

} // namespace glowplug::test
