// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reading and making of the maps that QuantizeLinear and DequantizeLinear
/// become.

#pragma once

#include "core/prim/Quantized.h"
#include "core/quantize/islands/Numbers.h"

#include <string>

namespace glowplug::islands {

/// How integers stand for reals: (q - zp) * scale. Scale and zero point have
/// the rank of the data; both vary along one dim at most, and it is the same.
struct QuantParams {
  mlir::Type type; ///< Of the integers.
  Numbers scale;   ///< f32, finite and above 0.
  Numbers zp;

  /// The dim along which it varies; -1 if there is one for all.
  int64_t axis() const;
  bool isUniform() const { return axis() < 0; }
  /// Integers of 8 bits.
  bool isNarrow() const { return type.getIntOrFloatBitWidth() == 8; }
  bool operator==(const QuantParams &other) const;
  bool operator!=(const QuantParams &other) const { return !(*this == other); }

  /// The same for data of rank \p rank. Uniform parameters only.
  QuantParams withRank(int64_t rank) const;
  /// The same for data in which dim \p dim is the axis, if there is one.
  QuantParams withAxis(int64_t dim, int64_t rank) const;
};

/// \p params, which are uniform, as scalars.
prim::ScalarQuantParams scalarsOf(prim::ScalarBuilder &scalars,
                                  const QuantParams &params);

/// Integers and what they stand for.
struct Quantized {
  mlir::Value integers;
  QuantParams params;
};

/// The operands of \p value, if a map of one dequantize makes it. Otherwise
/// nothing, and \p why, if given, is set to the reason.
std::optional<Quantized> readDequantize(mlir::Value value,
                                        std::string *why = nullptr);

/// A map of one quantize.
struct QuantizeMap {
  prim::MapOp map;
  mlir::Value input; ///< f32, of the shape of the result.
  QuantParams params;
};
std::optional<QuantizeMap> readQuantize(mlir::Operation *op);

/// dequantize(integers).
mlir::Value buildDequantize(prim::PrimBuilder &builder, mlir::Value integers,
                            const QuantParams &params);
/// quantize(reals).
mlir::Value buildQuantize(prim::PrimBuilder &builder, mlir::Value reals,
                          const QuantParams &params);

/// What quantize gives for the number \p real, which is an f32.
double quantizeNumber(double real, double scale, double zp, mlir::Type type);

/// The least and the largest value of an integer type of 8 or 16 bits.
std::pair<int32_t, int32_t> rangeOf(mlir::Type type);

/// The contents of a scalar in the body of \p map that depends on constants
/// only: as many dims as the map's result, each of its size or 1.
std::optional<Numbers> knownScalar(prim::MapOp map, mlir::Value scalar);

/// The one scalar op in the body of \p map that is not a constant, if the map
/// yields it alone; else null.
prim::ScalarOp soleScalar(prim::MapOp map);

} // namespace glowplug::islands
