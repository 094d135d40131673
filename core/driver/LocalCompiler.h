// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The compiler, for who links it: its own library, and tests.

#pragma once

#include "core/driver/Compiler.h"

namespace glowplug {

/// The one compiler of this process.
Compiler &localCompiler();

} // namespace glowplug
