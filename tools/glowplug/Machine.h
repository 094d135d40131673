// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the machine has, for `glowplug doctor`.

#pragma once

#include "tools/glowplug/Cli.h"

namespace glowplug::cli {

/// Name, threads, and those of the features that code generators ask for.
Json describeCpu();

/// Bytes of memory, all and free; 0 if the kernel does not say.
Json describeMemory();

/// What the workers of plugins are confined with: whether the kernel takes the
/// filter of system calls, and rules about what may be read. Texts by name.
Json describeIsolation();

} // namespace glowplug::cli
