// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Checks that many rules need. For this folder and the verifiers of images.

#pragma once

#include "core/semantics/Rules.h"
#include "core/semantics/Shapes.h"

#include "llvm/Support/FormatVariadic.h"

namespace glowplug::semantics {

/// A broken rule, worded by llvm::formatv.
template <typename... Args>
llvm::Error broken(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

/// For messages: "[1,2]".
std::string listString(llvm::ArrayRef<int64_t> values);

/// Every value is at least \p low.
llvm::Error needAtLeast(const char *what, llvm::ArrayRef<int64_t> values,
                        int64_t low);
llvm::Error needType(const char *what, DType type, DType needed);
llvm::Error needDim(int64_t dim, size_t rank);

/// Whether \p kind runs in the accumulator type.
inline bool accumulates(ReduceKind kind) {
  return kind == ReduceKind::sum || kind == ReduceKind::prod;
}

using Shapes = llvm::SmallVector<shapes::MaybeShape, 2>;

// The rules that the schema's attributes do not say; those hold already. For
// each primitive: the rule that operands and attributes break, or the shapes of
// the results, nothing where one is not countable. Reshape, broadcast, slice
// and map look at the results as well, whose shape they do not determine.
#define GP_SHAPES(Primitive)                                                   \
  llvm::Expected<Shapes> shapesOf(const Primitive &op, const OpTypes &types);
GP_EACH_PRIMITIVE(GP_SHAPES)
#undef GP_SHAPES

} // namespace glowplug::semantics

/// Returns the error of a check that failed.
#define GP_CHECK(check)                                                        \
  do {                                                                         \
    if (llvm::Error gpError = (check))                                         \
      return gpError;                                                          \
  } while (false)
