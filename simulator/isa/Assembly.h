// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Programs as text.
///
/// A line is a command: its name, its queue, then what differs from the
/// default, in any order. A field is `name=value`, with a number (0x allowed)
/// or the name of a value; `wait=S` or `wait=S:N` and `signal=S:N` may come up
/// to three times each; `drain` stands alone. `.extent B N` gives base
/// register B its N bytes. `#` begins a comment.
///
///     .extent 0 4096
///     load load_a dram_offset=0x100 run=64 count0=4 signal=3
///     matmul matrix wait=3 out_w=16 blocks=1 last_rows=16 layer=2

#pragma once

#include "simulator/isa/Program.h"

#include <string>

namespace glowplug::npu {

/// Translates text. A fault's message begins with "line N: ". What needs a
/// configuration is not checked: see checkCommands.
Result<Program> assemble(std::string_view text);

/// One command as text, without the end of the line. An unknown opcode gives
/// its number and the words.
std::string disassemble(const Encoded &code);

/// A whole program, such that assemble gives it back.
std::string disassemble(const Program &program);

} // namespace glowplug::npu
