// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Static division of independent work over threads.

#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>

namespace glowplug::reference {

/// Calls \p function on ranges that cover 0..items-1, each at least \p grain
/// items long (but for the last), on at most \p threads threads, the caller's
/// among them. Returns when all are done; what the first of them threw is
/// thrown again.
void parallelFor(unsigned threads, int64_t items, int64_t grain,
                 llvm::function_ref<void(int64_t begin, int64_t end)> function);

} // namespace glowplug::reference
