// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks that image and instr programs share.

#include "core/image/VerifyRules.h"

using namespace glowplug;
using namespace glowplug::verify;

llvm::Error verify::needAligned(
    std::initializer_list<const flatbuffers::Vector<int64_t> *> lists) {
  for (const flatbuffers::Vector<int64_t> *list : lists)
    GP_CHECK(needAligned(list));
  return llvm::Error::success();
}

llvm::Error verify::needLength(const char *what, size_t length, size_t needed) {
  if (length != needed)
    return broken("needs {0} entries in {1}, but got {2}", needed, what,
                  length);
  return llvm::Error::success();
}

llvm::Error verify::needAtLeast(const char *what,
                                llvm::ArrayRef<int64_t> values, int64_t low) {
  for (int64_t value : values)
    if (value < low)
      return broken("needs {0} of at least {1}, but got {2}", what, low, value);
  return llvm::Error::success();
}
