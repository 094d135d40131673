// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one symbol of the compiler's shared library.

#include "core/driver/LocalCompiler.h"

extern "C" __attribute__((visibility("default"))) glowplug::Compiler *
glowplug_compiler_0_1();

glowplug::Compiler *glowplug_compiler_0_1() {
  return &glowplug::localCompiler();
}
