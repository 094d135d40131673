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

template <typename... Ts>
static std::optional<Command> decodeOneOf(const Encoded &code,
                                          std::variant<Ts...> *) {
  std::optional<Command> result;
  const auto tryAs = [&]<typename T>(T command) {
    if (getBits(code, 0, 8) != static_cast<std::uint64_t>(T::opcode))
      return false;
    decode(code, command);
    result = command;
    return true;
  };
  static_cast<void>((tryAs(Ts{}) || ...));
  return result;
}

std::optional<Command> decodeCommand(const Encoded &code) {
  return decodeOneOf(code, static_cast<Command *>(nullptr));
}

Encoded encodeCommand(const Command &command) {
  Encoded code;
  std::visit(
      [&](auto typed) {
        typed.header.opcode = static_cast<std::int32_t>(typed.opcode);
        encode(typed, code);
      },
      command);
  return code;
}

} // namespace glowplug::npu
