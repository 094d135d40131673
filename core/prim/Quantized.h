// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The formulas by which ONNX Runtime adds, multiplies and averages quantised
/// tensors: `prim.quantized` names them, and this is their definition.

#pragma once

#include "core/prim/Build.h"

namespace glowplug::prim {

/// Scale and zero point of integers of 8 bits, as scalars.
struct ScalarQuantParams {
  mlir::Value scale; ///< f32.
  mlir::Value zp;    ///< Of the type of the integers.
};

/// An integer of 8 bits and what it stands for.
struct QuantizedScalar {
  mlir::Value value;
  ScalarQuantParams params;
};

/// `prim.quantized` add or mul.
mlir::Value quantizedPair(ScalarBuilder &scalars, Formula formula,
                          const QuantizedScalar &a, const QuantizedScalar &b,
                          const ScalarQuantParams &y);

/// `prim.quantized` average of \p count elements under \p x.
mlir::Value quantizedAverage(ScalarBuilder &scalars, mlir::Value sum,
                             mlir::Value count, const ScalarQuantParams &x,
                             const ScalarQuantParams &y);

/// quantize(sum * factor + zp) of the i32 \p sum: the zero point is added
/// before rounding, not after it.
mlir::Value quantizeShifted(ScalarBuilder &scalars, mlir::Value sum,
                            mlir::Value factor, mlir::Value zp);

/// The operands of an op whose formula is add or mul.
struct PairOperands {
  QuantizedScalar a, b;
  ScalarQuantParams y;
  explicit PairOperands(QuantizedOp op);
};

/// The operands of an op whose formula is average.
struct AverageOperands {
  mlir::Value sum, count;
  ScalarQuantParams x, y;
  explicit AverageOperands(QuantizedOp op);
};

/// What \p op computes, as scalar ops at the place of \p scalars:
///
///   add      quantize(fma(a, ra, fma(b, rb, fixed))), with ra = a_scale /
///            y_scale, rb likewise, and the zero points in `fixed`;
///   mul      quantize((a - a_zp) * (b - b_zp) * (a_scale * b_scale / y_scale)
///            + y_zp);
///   average  quantize(sum * (x_scale / (y_scale * count)) + y_zp).
///
/// Every step is rounded to f32. What depends on constants alone is computed
/// at once.
mlir::Value expandFormula(ScalarBuilder &scalars, QuantizedOp op);

/// Puts scalar ops in the place of every `prim.quantized` of \p block.
void expandFormulas(mlir::Block &block);

/// How many scalar ops a formula counts as, about.
inline constexpr unsigned formulaSize = 8;

} // namespace glowplug::prim
