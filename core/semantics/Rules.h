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

using ResultTypes = llvm::SmallVector<TensorType, 2>;

/// The shape of a result that does not exist.
inline constexpr int64_t noShape[] = {-1};

// For each primitive:
//  - an error, which says what is needed and what there is, unless the op keeps
//    all rules of the schema;
//  - the results that follow from attributes and operands (without extras). The
//    shape of a result that breaks a rule, or does not follow (of reshape,
//    broadcast, slice and map), is the one given. Where a region is present,
//    the element types are those that it yields.
#define GP_RULES(Primitive)                                                    \
  llvm::Error verify(const Primitive &op, const OpTypes &types);               \
  ResultTypes resultsOf(const Primitive &op,                                   \
                        llvm::ArrayRef<TensorType> operands,                   \
                        llvm::ArrayRef<int64_t> given = noShape);
GP_EACH_PRIMITIVE(GP_RULES)
#undef GP_RULES

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

/// The signature of \p op, or null if the number names none.
const ScalarSignature *findSignature(ScalarOp op);

/// The result type that follows from the types of the operands, which are
/// right in number; none where it does not follow (constant, cast, table).
DType resultOf(ScalarOp op, llvm::ArrayRef<DType> operands);

/// An error unless \p op takes \p operands and gives \p result.
llvm::Error verify(ScalarOp op, DType result, llvm::ArrayRef<DType> operands);

} // namespace glowplug::semantics
