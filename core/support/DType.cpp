// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of element types and checked sizes of shapes.

#include "core/support/DType.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <array>

using namespace glowplug;

static constexpr std::array<llvm::StringLiteral, dtypeCount> names = {
    "none", "boolean", "i8",  "u8",  "i16",  "u16", "i32",
    "u32",  "i64",     "u64", "f16", "bf16", "f32", "f64"};

llvm::StringRef glowplug::dtypeName(DType type) {
  auto index = static_cast<unsigned>(type);
  return index < dtypeCount ? names[index] : names[0];
}

std::optional<DType> glowplug::parseDType(llvm::StringRef name) {
  for (unsigned i = 1; i < dtypeCount; ++i)
    if (name == names[i])
      return static_cast<DType>(i);
  return std::nullopt;
}

/// Product of \p unit and the dims, with the overflow rule of the header.
static std::optional<int64_t> product(int64_t unit,
                                      llvm::ArrayRef<int64_t> shape) {
  int64_t total = unit;
  bool empty = false;
  for (int64_t dim : shape) {
    if (dim < 0)
      return std::nullopt;
    empty |= dim == 0;
    if (__builtin_mul_overflow(total, std::max<int64_t>(dim, 1), &total))
      return std::nullopt;
  }
  return empty ? 0 : total;
}

std::optional<int64_t> glowplug::elementCount(llvm::ArrayRef<int64_t> shape) {
  return product(1, shape);
}

std::optional<int64_t> glowplug::byteCount(DType type,
                                           llvm::ArrayRef<int64_t> shape) {
  if (dtypeBytes(type) == 0)
    return std::nullopt;
  return product(dtypeBytes(type), shape);
}

std::string glowplug::typeString(DType type, llvm::ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << dtypeName(type) << '[';
  llvm::ListSeparator comma(",");
  for (int64_t dim : shape)
    os << comma << dim;
  os << ']';
  return text;
}
