// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Builders of prim ops that compute result types. All code that makes prim ops
/// (importer, lowering, passes) uses these.

#pragma once

#include "core/prim/Prim.h"
#include "core/semantics/Rules.h"
#include "core/support/Tensor.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>

namespace glowplug::prim {

using Shape = llvm::SmallVector<int64_t>;

/// The shape of a value of the prim dialect.
llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);
/// The element type of a value of the prim dialect.
mlir::Type elementOf(mlir::Value value);
/// The rank of a value of the prim dialect.
int64_t rankOf(mlir::Value value);

/// The common shape of numpy's rules: ranks are aligned at the last dim, sizes
/// are equal or 1. Nothing if the shapes do not fit.
std::optional<Shape> broadcastShapes(llvm::ArrayRef<int64_t> a,
                                     llvm::ArrayRef<int64_t> b);

/// Appends scalar ops to a region. Types follow from the operands. There is a
/// function for each scalar op of the schema: add, select, quantize, ...
class ScalarBuilder
    : public semantics::ScalarFunctions<ScalarBuilder, mlir::Value,
                                        ScalarKind> {
public:
  ScalarBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  /// A number of type \p type, correctly rounded (floats) or wrapped.
  mlir::Value number(double value, mlir::Type type);
  mlir::Value number(int64_t value, mlir::Type type);
  /// Any op whose type follows from its operands.
  mlir::Value op(ScalarKind kind, mlir::ValueRange operands);
  /// \p value as \p type; \p value itself if it has that type.
  mlir::Value cast(mlir::Value value, mlir::Type type);
  /// The bits of \p value, a number, as a number of \p type.
  mlir::Value bitcast(mlir::Value value, mlir::Type type);
  /// The entry of \p entries, 256 integers or floats, whose number is the bits
  /// of \p x, which is i8 or ui8.
  mlir::Value table(mlir::Value x, const Tensor &entries);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// Makes the body of a map: from one scalar per operand to one scalar.
using ScalarFunction =
    llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::ValueRange)>;

/// Spatial attributes of convolutions; one entry per spatial dim.
struct ConvAttributes {
  Shape strides, padsLow, padsHigh, dilations;
  int64_t groups = 1;
};

/// Zero points of the sides of a contraction of integers: none (0), one, or
/// one per row and per column (per output channel).
struct ZeroPoints {
  llvm::SmallVector<int32_t> lhs, rhs;
};

/// Attributes of a window; one entry per dim.
struct WindowAttributes {
  Shape sizes, strides, padsLow, padsHigh, dilations;
};

/// Appends primitives at one location, without epilogues. Every function
/// expects operands that obey the op's constraints; the caller has checked what
/// comes from a user. Where nothing would move, the result is the input itself.
class PrimitiveBuilder {
public:
  PrimitiveBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  // There is a function for each primitive of the schema but map. It takes the
  // kind, the operands, the attributes without a default, the shape of the
  // result if that does not follow (reshape, broadcast, slice), and the other
  // attributes. For example:
  //   Value transpose(Value input, ArrayRef<int64_t> permutation);
  //   Value slice(Value input, ArrayRef<int64_t> starts,
  //               ArrayRef<int64_t> shape, ArrayRef<int64_t> strides);
#include "core/prim/Builder.inc"

  mlir::OpBuilder &builder;
  mlir::Location loc;

private:
  /// The results follow, but for \p shape, that of one which does not.
  template <typename Primitive>
  llvm::SmallVector<mlir::Value, 2>
  primitive(const Primitive &attributes, mlir::ValueRange operands,
            llvm::ArrayRef<int64_t> shape = semantics::noShape);
};

/// Appends prim ops at one location, as PrimitiveBuilder does.
class PrimBuilder : public PrimitiveBuilder {
public:
  using PrimitiveBuilder::PrimitiveBuilder;

  // ---- Constants
  /// A tensor filled with one number.
  mlir::Value splat(double value, mlir::Type element,
                    llvm::ArrayRef<int64_t> shape = {});
  mlir::Value splat(int64_t value, mlir::Type element,
                    llvm::ArrayRef<int64_t> shape = {});
  /// A vector of i64.
  mlir::Value indices(llvm::ArrayRef<int64_t> values,
                      std::optional<Shape> shape = {});

  // ---- Element-wise work
  /// A map over operands that are broadcast to each other by numpy's rules.
  mlir::Value map(mlir::ValueRange operands, ScalarFunction body);
  /// Map of one scalar op.
  mlir::Value map(ScalarKind kind, mlir::ValueRange operands);
  mlir::Value cast(mlir::Value value, mlir::Type element);
  mlir::Value add(mlir::Value a, mlir::Value b) {
    return map(ScalarKind::add, {a, b});
  }
  mlir::Value sub(mlir::Value a, mlir::Value b) {
    return map(ScalarKind::sub, {a, b});
  }
  mlir::Value mul(mlir::Value a, mlir::Value b) {
    return map(ScalarKind::mul, {a, b});
  }
  mlir::Value div(mlir::Value a, mlir::Value b) {
    return map(ScalarKind::div, {a, b});
  }

  // ---- Primitives whose attributes come together
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs,
                     const ZeroPoints &zeroPoints = {}) {
    return PrimitiveBuilder::matmul(lhs, rhs, zeroPoints.lhs, zeroPoints.rhs);
  }
  mlir::Value conv(mlir::Value input, mlir::Value weights,
                   const ConvAttributes &at,
                   const ZeroPoints &zeroPoints = {}) {
    return PrimitiveBuilder::conv(input, weights, at.strides, at.padsLow,
                                  at.padsHigh, at.dilations, at.groups,
                                  zeroPoints.lhs, zeroPoints.rhs);
  }
  mlir::Value convTranspose(mlir::Value input, mlir::Value weights,
                            const ConvAttributes &at) {
    return PrimitiveBuilder::convTranspose(input, weights, at.strides,
                                           at.padsLow, at.padsHigh,
                                           at.dilations, at.groups);
  }
  mlir::Value window(ReduceKind kind, mlir::Value input,
                     const WindowAttributes &at) {
    return PrimitiveBuilder::window(kind, input, at.sizes, at.strides,
                                    at.padsLow, at.padsHigh, at.dilations);
  }
  /// The input itself without dims. Reduced dims keep size 1.
  mlir::Value reduce(ReduceKind kind, mlir::Value input,
                     llvm::ArrayRef<int64_t> dims) {
    return dims.empty() ? input : PrimitiveBuilder::reduce(kind, input, dims);
  }
  /// Ranks are aligned at the last dim.
  mlir::Value broadcast(mlir::Value input, llvm::ArrayRef<int64_t> shape);
};

/// Reshapes \p value to rank \p rank by leading dims of size 1.
mlir::Value alignRank(PrimBuilder &builder, mlir::Value value, int64_t rank);

} // namespace glowplug::prim
