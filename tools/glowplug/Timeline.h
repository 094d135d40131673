// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Shows instr programs: what they hold, and when their instructions run.

#pragma once

#include "core/runtime/Schedule.h"
#include "tools/glowplug/Cli.h"

namespace glowplug::cli {

/// The program of a file and the machine of another, verified; ends the
/// command if one is wrong.
InstrProgram readInstr(const std::string &file, const std::string &machine);

/// A program as JSON; with \p withTimeline one entry per instruction too.
Json describeInstr(const InstrProgram &program, bool withTimeline);

/// The same as text.
void printInstr(const InstrProgram &program, bool withTimeline);

} // namespace glowplug::cli
