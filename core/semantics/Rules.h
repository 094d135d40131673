// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The rules of the primitives: which operands, attributes and results go
/// together, and which results follow. Dialect, image and builders ask here, so
/// that each rule is stated once. The schema numbers the rules; nothing here
/// knows MLIR or FlatBuffers.
///
/// All functions are pure and take any values, also hostile ones.

#pragma once

#include "core/semantics/Primitives.h"

#include "llvm/Support/Error.h"

#include <algorithm>
#include <string>

namespace glowplug::semantics {

/// The element type of a contraction or sum over \p type that has no epilogue:
/// the accumulator type of integers, \p type for floats.
DType plainResult(DType type);

/// As plainResult(), for what \p kind makes of \p type.
DType plainResult(ReduceKind kind, DType type);

// For each primitive: an error, which says what is needed and what there is,
// unless the op keeps all rules of the schema.
#define GP_VERIFY(Primitive)                                                   \
  llvm::Error verify(const Primitive &op, const OpTypes &types);
GP_EACH_PRIMITIVE(GP_VERIFY)
#undef GP_VERIFY

/// An error unless readers take \p version of the primitive, and all that \p op
/// says is in that version.
template <typename Primitive>
llvm::Error verifyVersion(const Primitive &op, unsigned version) {
  const unsigned first = std::max(Primitive::firstVersion, versionOf(op));
  if (version >= first && version <= Primitive::lastVersion)
    return llvm::Error::success();
  const std::string needed = first == Primitive::lastVersion
                                 ? std::to_string(first)
                                 : std::to_string(first) + " to " +
                                       std::to_string(Primitive::lastVersion);
  return llvm::createStringError("needs version " + needed + ", but got " +
                                 std::to_string(version));
}

using ResultTypes = llvm::SmallVector<TensorType, 2>;

// The results that follow from attributes and operands (without extras). The
// shape is [-1] if there is none; where an epilogue is present, the element
// type is the one that it yields. Primitives that are missing here take the
// shape of their result as an argument.
ResultTypes resultsOf(const MatMul &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const Conv &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const ConvTranspose &op,
                      llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const Reduce &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const ArgReduce &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const Scan &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const Sort &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const Window &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const Transpose &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const Pad &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const Concat &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const Gather &op, llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const NonMaxSuppression &op,
                      llvm::ArrayRef<TensorType> operands);
ResultTypes resultsOf(const Scatter &op, llvm::ArrayRef<TensorType> operands);

/// The signature of \p op, or null if the number names none.
const ScalarSignature *findSignature(ScalarOp op);

/// The result type that follows from the types of the operands, which are
/// right in number; none where it does not follow (constant, cast, table).
DType resultOf(ScalarOp op, llvm::ArrayRef<DType> operands);

/// An error unless \p op takes \p operands and gives \p result.
llvm::Error verify(ScalarOp op, DType result, llvm::ArrayRef<DType> operands);

} // namespace glowplug::semantics
