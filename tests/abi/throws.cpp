// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The hostile plugin as C++, one of whose functions throws.

#include "tests/abi/hostile.c"
