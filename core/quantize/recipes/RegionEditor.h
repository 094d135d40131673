// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reads and changes the region over scalars of one op.

#pragma once

#include "core/quantize/islands/Numbers.h"
#include "core/quantize/recipes/Recipe.h"

namespace glowplug {

/// The body of a map or an epilogue.
class RegionEditor {
public:
  /// \p op has a region over scalars.
  explicit RegionEditor(mlir::Operation *op) : op(op) {}
  /// Null if \p op has none.
  static mlir::Block *blockOf(mlir::Operation *op);

  /// The contents of a scalar that is a constant, or an operand that is one.
  std::optional<islands::Numbers> known(mlir::Value scalar) const;
  /// The same, if it is one number.
  std::optional<double> number(mlir::Value scalar) const;

  /// \p numbers as a scalar of \p type: a constant, or a new operand.
  mlir::Value add(const islands::Numbers &numbers, mlir::Type type);

  /// Removes the scalars that nothing uses, and the operands that the region
  /// does not read; a map keeps one.
  void eraseDead();

  /// No magnitude of the i32 scalar \p sum is larger.
  int32_t boundOf(mlir::Value sum) const;

  mlir::Operation *op;

private:
  mlir::Value operandOf(mlir::BlockArgument argument) const;
};

/// \p value if \p kind made it, else null.
mlir::Operation *madeBy(mlir::Value value, prim::ScalarKind kind);

/// The replacement of one scalar that is computed by way of floats; null if its
/// form cannot be rewritten. Adds the differences to \p change.
mlir::Value rewriteScalar(RegionEditor &editor, mlir::Operation *op,
                          Recipe recipe, RecipeChange &change);
/// The same for a sum or product, and for an average.
mlir::Value rewritePair(RegionEditor &editor, prim::QuantizedOp op,
                        Recipe recipe, RecipeChange &change);
mlir::Value rewriteAverage(RegionEditor &editor, prim::QuantizedOp op,
                           Recipe recipe, RecipeChange &change);

/// rescale_tosa_*(x, multiplier, shift, zp) of \p recipe; \p zp has the type of
/// the result.
mlir::Value buildRescale(prim::ScalarBuilder &scalars, Recipe recipe,
                         mlir::Value x, mlir::Value multiplier,
                         mlir::Value shift, mlir::Value zp);
/// The same for constant scales.
mlir::Value buildRescale(prim::ScalarBuilder &scalars, RegionEditor &editor,
                         Recipe recipe, mlir::Value x,
                         const islands::Numbers &scale, mlir::Value zp);

/// What such a rescale computes.
int32_t rescaleNumber(Recipe recipe, int32_t x, double scale, int32_t zp,
                      mlir::Type type);

} // namespace glowplug
