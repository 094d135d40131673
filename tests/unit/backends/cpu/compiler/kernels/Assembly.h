// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A reader of compiler output that knows loops, spills and vector widths.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace glowplug::cpu::test {

/// An innermost loop with multiply-adds in it.
struct InnerLoop {
  std::string label;
  int multiplyAdds = 0;       ///< of the target's full width
  int narrowMultiplyAdds = 0; ///< of vectors shorter than that
  int vectorSpills = 0;       ///< vector moves to or from the stack
  int instructions = 0;
};

/// Innermost loops of x86 assembly in AT&T syntax as LLVM prints it. A loop is
/// the code from a label to the last branch back to it; it is innermost if no
/// other loop begins inside. \p bits: the target's vector width.
std::vector<InnerLoop> innerLoops(llvm::StringRef assembly, unsigned bits);

} // namespace glowplug::cpu::test
