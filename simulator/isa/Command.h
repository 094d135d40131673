// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Commands of any kind: their bits, their header, what is known of them.

#pragma once

#include "hw/spec/Isa.h"

#include <optional>

namespace glowplug::npu {

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

/// The name, fields and queues of the kind of \p command.
inline const CommandInfo &infoOf(const Command &command) {
  return commandInfos[command.index()];
}

inline Queue queueOf(const Command &command) {
  return static_cast<Queue>(headerOf(command).queue);
}

/// Whether commands of type \p T go to \p queue and do work there.
template <typename T>
constexpr bool isWorkOf(Queue queue) {
  return T::opcode != Opcode::Sync &&
         (T::queues >> static_cast<unsigned>(queue) & 1) != 0;
}

/// Cycles of the parameters' load of a vector or depthwise command, in rows of
/// R bytes: biases take 4, a scale 5.
constexpr int biasRows = 4, scaleRows = 5;

} // namespace glowplug::npu
