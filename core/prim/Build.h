// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Builders of prim ops that compute result types. All code that makes prim ops
/// (importer, lowering, passes) uses these.

#pragma once

#include "core/prim/Prim.h"
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

/// Appends scalar ops to a region. Types follow from the operands.
class ScalarBuilder {
public:
  ScalarBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  /// A number of type \p type, correctly rounded (floats) or wrapped.
  mlir::Value number(double value, mlir::Type type);
  mlir::Value number(int64_t value, mlir::Type type);
  /// One scalar op; those whose type does not follow from the first operand
  /// have functions of their own.
  mlir::Value op(ScalarKind kind, mlir::ValueRange operands);
  /// \p value as \p type; \p value itself if it has that type.
  mlir::Value cast(mlir::Value value, mlir::Type type);
  mlir::Value quantize(mlir::Value x, mlir::Value scale, mlir::Value zp);
  mlir::Value dequantize(mlir::Value q, mlir::Value scale, mlir::Value zp);
  /// From the i32 \p x to the type of \p zp, an integer of 8 or 16 bits; the
  /// TOSA recipes also give i32. \p scale is f32, \p multiplier and \p shift
  /// are i32.
  mlir::Value rescaleFp32Rne(mlir::Value x, mlir::Value scale, mlir::Value zp);
  mlir::Value rescaleTosaSingle(mlir::Value x, mlir::Value multiplier,
                                mlir::Value shift, mlir::Value zp);
  mlir::Value rescaleTosaDouble(mlir::Value x, mlir::Value multiplier,
                                mlir::Value shift, mlir::Value zp);
  /// The entry of \p entries, 256 integers or floats, whose number is the bits
  /// of \p x, which is i8 or ui8.
  mlir::Value table(mlir::Value x, const Tensor &entries);

  mlir::Value add(mlir::Value a, mlir::Value b) {
    return op(ScalarKind::add, {a, b});
  }
  mlir::Value sub(mlir::Value a, mlir::Value b) {
    return op(ScalarKind::sub, {a, b});
  }
  mlir::Value mul(mlir::Value a, mlir::Value b) {
    return op(ScalarKind::mul, {a, b});
  }
  mlir::Value div(mlir::Value a, mlir::Value b) {
    return op(ScalarKind::div, {a, b});
  }
  /// a * b + c, rounded once.
  mlir::Value fma(mlir::Value a, mlir::Value b, mlir::Value c) {
    return op(ScalarKind::fma, {a, b, c});
  }
  mlir::Value min(mlir::Value a, mlir::Value b) {
    return op(ScalarKind::min, {a, b});
  }
  mlir::Value max(mlir::Value a, mlir::Value b) {
    return op(ScalarKind::max, {a, b});
  }
  mlir::Value select(mlir::Value c, mlir::Value a, mlir::Value b) {
    return op(ScalarKind::select, {c, a, b});
  }

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

/// Appends prim ops at one location. Every function expects operands that obey
/// the op's constraints; the caller has checked what comes from a user.
class PrimBuilder {
public:
  PrimBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

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

  // ---- Contractions (without epilogue)
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs,
                     const ZeroPoints &zeroPoints = {});
  mlir::Value conv(mlir::Value input, mlir::Value weights,
                   const ConvAttributes &attributes,
                   const ZeroPoints &zeroPoints = {});
  mlir::Value convTranspose(mlir::Value input, mlir::Value weights,
                            const ConvAttributes &attributes);

  // ---- Reductions (without epilogue; reduced dims keep size 1)
  mlir::Value reduce(ReduceKind kind, mlir::Value input,
                     llvm::ArrayRef<int64_t> dims);
  mlir::Value argReduce(ReduceKind kind, mlir::Value input, int64_t dim,
                        bool selectLast);
  mlir::Value scan(ReduceKind kind, mlir::Value input, int64_t dim,
                   bool exclusive, bool reverse);
  /// Values and i64 positions.
  std::pair<mlir::Value, mlir::Value> sort(mlir::Value input, int64_t dim,
                                           bool descending);
  mlir::Value window(ReduceKind kind, mlir::Value input,
                     const WindowAttributes &attributes);

  // ---- Data movement (the input itself where nothing would move)
  mlir::Value transpose(mlir::Value input, llvm::ArrayRef<int64_t> permutation);
  mlir::Value reshape(mlir::Value input, llvm::ArrayRef<int64_t> shape);
  /// Repeats dims of size 1; ranks are aligned at the last dim.
  mlir::Value broadcast(mlir::Value input, llvm::ArrayRef<int64_t> shape);
  mlir::Value slice(mlir::Value input, llvm::ArrayRef<int64_t> starts,
                    llvm::ArrayRef<int64_t> sizes,
                    llvm::ArrayRef<int64_t> strides);
  /// \p value has rank 0.
  mlir::Value pad(mlir::Value input, mlir::Value value,
                  llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high,
                  llvm::ArrayRef<int64_t> interior);
  mlir::Value concat(mlir::ValueRange inputs, int64_t dim);
  mlir::Value gather(mlir::Value data, mlir::Value indices, int64_t dim);
  mlir::Value scatter(ScatterKind kind, mlir::Value data, mlir::Value indices,
                      mlir::Value updates);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// Reshapes \p value to rank \p rank by leading dims of size 1.
mlir::Value alignRank(PrimBuilder &builder, mlir::Value value, int64_t rank);

} // namespace glowplug::prim
