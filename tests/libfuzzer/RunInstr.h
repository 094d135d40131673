// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the targets of instr programs do with a program that was accepted.

#pragma once

#include "core/image/instr/instr_generated.h"
#include "core/image/instr/machine_generated.h"

namespace glowplug::fuzz {

/// The timeline of \p program as text, and a run on zeros if that is cheap.
/// Both lie in images that the verifiers accepted, one for the other.
void timeAndRun(const instr::Program &program, const machine::Machine &machine);

} // namespace glowplug::fuzz
