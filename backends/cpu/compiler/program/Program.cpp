// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Small queries on programs.

#include "backends/cpu/compiler/program/Program.h"

namespace glowplug::cpu {

int64_t elementCount(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

DType Region::typeOf(unsigned index) const {
  if (index < parameters.size())
    return parameters[index];
  return instructions[index - parameters.size()].type;
}

} // namespace glowplug::cpu
