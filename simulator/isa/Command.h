// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A command of any kind as a value.

#pragma once

#include "hw/spec/Isa.h"

#include <optional>
#include <variant>

namespace glowplug::npu {

using Command = std::variant<Sync, Load, Store, Copy, Fill, Matmul, Vector,
                             Depthwise, Transpose>;

/// What the assembler knows of an opcode; null for any other number.
const CommandInfo *findCommand(int opcode);

/// Reads a command without checking its fields; none for an unknown opcode.
std::optional<Command> decodeCommand(const Encoded &code);

/// Writes a command; its header's opcode is set from its type.
Encoded encodeCommand(const Command &command);

inline const Header &headerOf(const Command &command) {
  return std::visit([](const auto &c) -> const Header & { return c.header; },
                    command);
}

inline Header &headerOf(Command &command) {
  return std::visit([](auto &c) -> Header & { return c.header; }, command);
}

inline Queue queueOf(const Command &command) {
  return static_cast<Queue>(headerOf(command).queue);
}

/// Cycles of the parameters' load of a vector or depthwise command, in rows of
/// R bytes: biases take 4, a scale 5.
constexpr int biasRows = 4, scaleRows = 5;

} // namespace glowplug::npu
