// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The hostile plugin as C++, whose check() throws.

#include "tests/abi/hostile.c"
