// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Commands of any kind: from bits to values and back.

#include "simulator/isa/Command.h"

#include <algorithm>

namespace glowplug::npu {

const CommandInfo *findCommand(int opcode) {
  const auto *found = std::find_if(
      commandInfos.begin(), commandInfos.end(), [&](const CommandInfo &info) {
        return static_cast<int>(info.opcode) == opcode;
      });
  return found == commandInfos.end() ? nullptr : found;
}

template <typename T>
static Command decodeAs(const Encoded &code) {
  T command;
  decode(code, command);
  return command;
}

std::optional<Command> decodeCommand(const Encoded &code) {
  switch (static_cast<Opcode>(getBits(code, 0, 8))) {
  case Opcode::Sync:
    return decodeAs<Sync>(code);
  case Opcode::Load:
    return decodeAs<Load>(code);
  case Opcode::Store:
    return decodeAs<Store>(code);
  case Opcode::Copy:
    return decodeAs<Copy>(code);
  case Opcode::Fill:
    return decodeAs<Fill>(code);
  case Opcode::Matmul:
    return decodeAs<Matmul>(code);
  case Opcode::Vector:
    return decodeAs<Vector>(code);
  case Opcode::Depthwise:
    return decodeAs<Depthwise>(code);
  case Opcode::Transpose:
    return decodeAs<Transpose>(code);
  }
  return std::nullopt;
}

static constexpr Opcode opcodeOf(const Sync &) { return Opcode::Sync; }
static constexpr Opcode opcodeOf(const Load &) { return Opcode::Load; }
static constexpr Opcode opcodeOf(const Store &) { return Opcode::Store; }
static constexpr Opcode opcodeOf(const Copy &) { return Opcode::Copy; }
static constexpr Opcode opcodeOf(const Fill &) { return Opcode::Fill; }
static constexpr Opcode opcodeOf(const Matmul &) { return Opcode::Matmul; }
static constexpr Opcode opcodeOf(const Vector &) { return Opcode::Vector; }
static constexpr Opcode opcodeOf(const Depthwise &) {
  return Opcode::Depthwise;
}
static constexpr Opcode opcodeOf(const Transpose &) {
  return Opcode::Transpose;
}

Encoded encodeCommand(const Command &command) {
  Encoded code;
  std::visit(
      [&](auto typed) {
        typed.header.opcode = static_cast<std::int32_t>(opcodeOf(typed));
        encode(typed, code);
      },
      command);
  return code;
}

} // namespace glowplug::npu
