// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the rules of the primitives speak of: types of values, of regions, and
/// the words for sets of types.

#pragma once

#include "core/support/DType.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace glowplug {

/// Type and shape of a tensor value.
struct TensorType {
  DType dtype = DType::none;
  llvm::SmallVector<int64_t, 4> shape;

  TensorType() = default;
  TensorType(DType dtype, llvm::ArrayRef<int64_t> shape)
      : dtype(dtype), shape(shape) {}
  bool operator==(const TensorType &) const = default;
};

namespace semantics {

/// The operands and results of an op. Extras of an epilogue are operands.
struct OpTypes {
  llvm::ArrayRef<TensorType> operands;
  llvm::ArrayRef<TensorType> results;
};

/// What a region of scalar ops takes and yields. The op that holds it does not
/// look inside.
struct RegionTypes {
  bool isPresent = false;
  llvm::SmallVector<DType, 4> parameters;
  llvm::SmallVector<DType, 2> results;
};

/// Names a set of types, and within one signature always the same of them. The
/// schema says what each holds.
enum class TypeWord : uint8_t {
  any_,
  other_,
  number_,
  float_,
  integer_,
  narrow_,
  sum_,
  byte_,
  bits_,
  index_,
  boolean_,
  i32_,
  i64_,
  f32_,
};

/// An operand or result as the schema declares it.
struct Port {
  const char *name;
  TypeWord types;
  bool isVariadic; // only the last one
  bool isOptional; // a variadic one may be missing
};

/// Whether \p word holds \p type.
bool holds(TypeWord word, DType type);

/// For messages: "a number", "i32".
llvm::StringRef describe(TypeWord word);

} // namespace semantics
} // namespace glowplug
