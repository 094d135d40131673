// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Checks that many rules need. Private to this folder.

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

/// A result of \p type; where no shape exists, of the shape [-1].
inline TensorType resultType(DType type, const shapes::MaybeShape &shape) {
  return {type, shape ? *shape : shapes::Shape{-1}};
}

/// For messages: "[1,2]".
std::string listString(llvm::ArrayRef<int64_t> values);

/// An operand or result as the schema declares it.
struct Port {
  const char *name;
  TypeWord types;
  bool isVariadic; // only the last one
  bool isOptional; // a variadic one may be missing
};

/// \p values are what \p ports declare. With \p hasExtras, any may follow.
llvm::Error needPorts(const char *what, llvm::ArrayRef<Port> ports,
                      llvm::ArrayRef<TensorType> values, bool hasExtras);
llvm::Error needType(const char *what, DType type, DType needed);
template <typename T>
llvm::Error needEntries(const char *what, llvm::ArrayRef<T> values,
                        size_t needed) {
  if (values.size() != needed)
    return broken("needs {0} of {1} entries, but got {2}", what, needed,
                  values.size());
  return llvm::Error::success();
}
/// The first operand has one to three spatial dims, the second its rank.
llvm::Error needSpatialRank(const OpTypes &types);
/// Every value is at least \p low.
llvm::Error needAtLeast(const char *what, llvm::ArrayRef<int64_t> values,
                        int64_t low);
llvm::Error needDim(int64_t dim, size_t rank);
/// \p result has \p shape; nothing means that no result shape exists.
llvm::Error needShape(const TensorType &result,
                      const shapes::MaybeShape &shape);
/// No entry, one, or \p each of them; for floats none.
llvm::Error needZeroPoints(const char *what, llvm::ArrayRef<int32_t> values,
                           DType operand, int64_t each);
/// Result 0 is of \p plain without an epilogue. With one, that takes
/// \p accumulator and the operands from \p firstExtra on, and yields result 0.
llvm::Error needEpilogue(const RegionTypes &epilogue, DType accumulator,
                         DType plain, const OpTypes &types,
                         unsigned firstExtra);
/// \p region takes \p parameters and yields \p results.
llvm::Error needRegion(const RegionTypes &region,
                       llvm::ArrayRef<DType> parameters,
                       llvm::ArrayRef<DType> results);

/// \p choice is one of \p allowed, or has a name at all if that is empty.
template <typename Enum>
llvm::Error needChoice(Enum choice, std::initializer_list<Enum> allowed) {
  std::string names;
  for (Enum each : allowed) {
    if (choice == each)
      return llvm::Error::success();
    names += (names.empty() ? "" : ", ") + nameOf(each).str();
  }
  const llvm::StringRef name = nameOf(choice);
  if (allowed.size() == 0 && name != "?")
    return llvm::Error::success();
  const std::string got =
      name == "?" ? std::to_string(static_cast<int>(choice)) : name.str();
  return names.empty() ? broken("needs a known kind, but got {0}", got)
                       : broken("needs a kind of {0}, but got {1}", names, got);
}

inline size_t firstRank(const OpTypes &types) {
  return types.operands.empty() ? 0 : types.operands[0].shape.size();
}
/// Spatial dims of the first operand.
inline size_t spatialRank(const OpTypes &types) { return firstRank(types) - 2; }

// The rules that the schema's attributes do not say; the others hold already.
#define GP_RULES(Primitive)                                                    \
  llvm::Error checkRules(const Primitive &op, const OpTypes &types);
GP_EACH_PRIMITIVE(GP_RULES)
#undef GP_RULES

} // namespace glowplug::semantics

/// Returns the error of a check that failed.
#define GP_CHECK(check)                                                        \
  do {                                                                         \
    if (llvm::Error gpError = (check))                                         \
      return gpError;                                                          \
  } while (false)
