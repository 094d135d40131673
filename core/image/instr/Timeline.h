// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// When the instructions of a program run, by the nominal costs of its
/// machine description.

#pragma once

#include "core/image/instr/instr_generated.h"
#include "core/image/instr/machine_generated.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace glowplug::instr {

struct Interval {
  uint64_t startCycles = 0;
  uint64_t endCycles = 0;
};

/// One interval per instruction. Both tables lie in images that the verifiers
/// accepted. A copy or fill costs the latency of its path and its bytes, a
/// compute the largest cost of the rule that takes it, a wait nothing; what
/// has no cost in the description takes 0 cycles. Engines do not slow one
/// another down. Fails if a cost passes 2^62 cycles.
llvm::Expected<std::vector<Interval>>
timelineOf(const Program &program, const machine::Machine &machine);

/// The timeline as text: a line per instruction in the order of their start,
/// then for each engine how long it was busy.
std::string timelineText(const Program &program,
                         const machine::Machine &machine,
                         const std::vector<Interval> &timeline);

} // namespace glowplug::instr
