// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes a region: a straight-line function over scalars.

#pragma once

#include "core/image/Types.h"
#include "core/semantics/Primitives.h"
#include "core/support/Tensor.h"

#include <cstring>

namespace glowplug {

/// A scalar of a region, by its number.
struct ScalarId {
  uint16_t number = 0;
};

/// Writes one region. Types follow from the operands; nothing is checked here
/// (verifyImage() does that). There is a function for each scalar op of the
/// schema: add, select, quantize, ...
class RegionBuilder : public semantics::ScalarFunctions<RegionBuilder, ScalarId,
                                                        image::ScalarOp> {
public:
  explicit RegionBuilder(llvm::ArrayRef<DType> parameters);

  ScalarId parameter(unsigned index) const {
    return {static_cast<uint16_t>(index)};
  }
  DType dtype(ScalarId scalar) const { return types[scalar.number]; }

  /// The general form, which the others use.
  ScalarId instruction(image::ScalarOp op, DType dtype,
                       llvm::ArrayRef<ScalarId> operands, uint64_t bits = 0);

  /// Any op whose type follows from its operands.
  ScalarId op(image::ScalarOp op, llvm::ArrayRef<ScalarId> operands);

  ScalarId constantBits(DType dtype, uint64_t bits) {
    return instruction(image::ScalarOp::constant, dtype, {}, bits);
  }
  /// A constant of the type that \p T stores.
  template <typename T>
  ScalarId constant(T value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    return constantBits(dtypeOf<T>, bits);
  }
  /// \p value converted to \p dtype as the scalar op `cast` does it.
  ScalarId constantOf(DType dtype, double value);

  /// Any op of one operand that keeps its type: neg, exp, tanh, ...
  ScalarId unary(image::ScalarOp op, ScalarId operand) {
    return instruction(op, dtype(operand), operand);
  }
  /// Any op of two operands that keeps their type: add, min, bit_and, ...
  ScalarId binary(image::ScalarOp op, ScalarId lhs, ScalarId rhs) {
    return instruction(op, dtype(lhs), {lhs, rhs});
  }
  /// eq, ne, lt, le, gt, ge (two operands); is_nan, is_inf (one).
  ScalarId test(image::ScalarOp op, llvm::ArrayRef<ScalarId> operands) {
    return instruction(op, DType::boolean, operands);
  }
  ScalarId cast(DType to, ScalarId operand) {
    return instruction(image::ScalarOp::cast, to, operand);
  }
  /// rescale_tosa_single or rescale_tosa_double.
  ScalarId rescaleTosa(image::ScalarOp op, ScalarId x, ScalarId multiplier,
                       ScalarId shift, ScalarId zeroPoint) {
    return this->op(op, {x, multiplier, shift, zeroPoint});
  }
  /// The entry of \p entries whose number is the bits of \p x.
  ScalarId table(ScalarId x, const Tensor &entries);

  /// Appends a result.
  RegionBuilder &yield(ScalarId scalar);

  /// Types of the results so far.
  llvm::SmallVector<DType, 2> resultTypes() const;

  const image::RegionT &region() const { return content; }

private:
  image::RegionT content;
  llvm::SmallVector<DType, 8> types; // of each scalar
};

} // namespace glowplug
