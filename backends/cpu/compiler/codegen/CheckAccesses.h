// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Bounds tests in front of every load and store of a kernel.
///
/// The table of a checked kernel is longer: after the n buffers it holds the
/// first byte and the end of what each of them may touch (2n entries), then the
/// record that a fault is written to (runtime/AccessFault.h).
#pragma once

#include "backends/cpu/compiler/codegen/Accesses.h"

namespace glowplug::cpu {

/// Entries in the table of a checked kernel with \p buffers buffers.
constexpr unsigned checkedTableSize(unsigned buffers) {
  return 3 * buffers + 1;
}

/// Makes \p kernel, which has \p buffers buffers, test that each access lies
/// within what it may touch and is as aligned as its instruction needs. At the
/// first that does not, it takes note and returns.
llvm::Error checkAccesses(llvm::Function &kernel, unsigned buffers);

/// Makes \p kernel store one vector too many each time it stores one: a fault
/// that checks, guard pages and comparisons have to find.
llvm::Error storeTooMuch(llvm::Function &kernel);

} // namespace glowplug::cpu
