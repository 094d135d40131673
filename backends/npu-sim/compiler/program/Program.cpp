// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Small queries on programs.

#include "backends/npu-sim/compiler/program/Program.h"

namespace glowplug::npusim {

std::int64_t elementCount(const Shape &shape) {
  std::int64_t count = 1;
  for (std::int64_t dim : shape)
    count *= dim;
  return count;
}

std::optional<std::int64_t> singleValue(const Value &value) {
  const unsigned bytes = byteSize(value.type);
  if (!value.isConstant || value.data.size() < bytes || bytes == 0 ||
      bytes > sizeof(std::int64_t) || isFloat(value.type))
    return std::nullopt;
  if (!value.isSplat && elementCount(value.shape) != 1)
    return std::nullopt;
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < bytes; ++i)
    bits |= std::uint64_t(value.data[i]) << (8 * i);
  return integerOf(value.type, bits);
}

} // namespace glowplug::npusim
