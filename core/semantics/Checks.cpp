// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks that many rules need, and what the words for types mean.

#include "core/semantics/Checks.h"

#include "llvm/ADT/StringExtras.h"

using namespace glowplug;
using namespace glowplug::semantics;

namespace {
/// What a word says in a message, and the types that it holds, a bit for each.
struct Meaning {
  const char *text;
  uint32_t types;
};
} // namespace

/// The types from \p first to \p last.
static constexpr uint32_t range(DType first, DType last) {
  return (2u << static_cast<unsigned>(last)) - (1u << static_cast<int>(first));
}
static constexpr uint32_t only(DType type) { return range(type, type); }

// In the order of the words.
static constexpr Meaning meanings[] = {
    {"any type", range(DType::boolean, DType::f64)},
    {"any type", range(DType::boolean, DType::f64)}, // other
    {"a number", range(DType::i8, DType::f64)},
    {"a float", range(DType::f16, DType::f64)},
    {"an integer", range(DType::i8, DType::u64)},
    {"an integer of 8 or 16 bits", range(DType::i8, DType::u16)},
    {"an integer of 8 or 16 bits, or i32", range(DType::i8, DType::i32)},
    {"i8 or u8", range(DType::i8, DType::u8)},
    {"an integer or boolean", range(DType::boolean, DType::u64)},
    {"i32 or i64", only(DType::i32) | only(DType::i64)},
    {"boolean", only(DType::boolean)},
    {"i32", only(DType::i32)},
    {"i64", only(DType::i64)},
    {"f32", only(DType::f32)},
};
static_assert(std::size(meanings) == static_cast<size_t>(TypeWord::f32_) + 1);

bool semantics::holds(TypeWord word, DType type) {
  return static_cast<unsigned>(type) < dtypeCount &&
         (meanings[static_cast<size_t>(word)].types & only(type)) != 0;
}

llvm::StringRef semantics::describe(TypeWord word) {
  return meanings[static_cast<size_t>(word)].text;
}

std::string semantics::listString(llvm::ArrayRef<int64_t> values) {
  return "[" + llvm::join(llvm::map_range(values, llvm::itostr), ",") + "]";
}

llvm::Error semantics::needType(const char *what, DType type, DType needed) {
  if (type != needed)
    return broken("needs {0} of type {1}, but got {2}", what, dtypeName(needed),
                  dtypeName(type));
  return llvm::Error::success();
}

llvm::Error semantics::needAtLeast(const char *what,
                                   llvm::ArrayRef<int64_t> values,
                                   int64_t low) {
  for (int64_t value : values)
    if (value < low)
      return broken("needs {0} of at least {1}, but got {2}", what, low, value);
  return llvm::Error::success();
}

llvm::Error semantics::needDim(int64_t dim, size_t rank) {
  if (dim < 0 || dim >= static_cast<int64_t>(rank))
    return broken("needs a dim of rank {0}, but got {1}", rank, dim);
  return llvm::Error::success();
}
