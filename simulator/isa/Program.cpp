// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The file form of programs.

#include "simulator/isa/Program.h"

#include <fmt/format.h>

#include <cstring>

namespace glowplug::npu {

static constexpr std::string_view magic = "GP-NPU-1";
static constexpr std::size_t commandBytes = commandBits / 8;

static void putWord(std::byte *target, std::uint64_t value) {
  for (int i = 0; i < 8; ++i)
    target[i] = static_cast<std::byte>(value >> (8 * i));
}

static std::uint64_t getWord(const std::byte *source) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i)
    value |= std::to_integer<std::uint64_t>(source[i]) << (8 * i);
  return value;
}

std::vector<std::byte> writeProgram(const Program &program,
                                    const Config &config) {
  std::vector<std::byte> bytes(programHeadBytes +
                               program.commands.size() * commandBytes);
  std::memcpy(bytes.data(), magic.data(), magic.size());
  putWord(&bytes[8], configHash(config));
  putWord(&bytes[16], program.commands.size());
  for (int i = 0; i < baseRegisters; ++i)
    putWord(&bytes[24 + 8 * i], static_cast<std::uint64_t>(program.extents[i]));
  std::byte *at = bytes.data() + programHeadBytes;
  for (const Encoded &command : program.commands)
    for (std::uint64_t word : command.words) {
      putWord(at, word);
      at += 8;
    }
  return bytes;
}

Result<Program> readProgram(std::span<const std::byte> bytes,
                            const Config &config) {
  if (bytes.size() < programHeadBytes)
    return Fault{fmt::format("the head of a program has {} bytes, but there "
                             "are {}",
                             programHeadBytes, bytes.size())};
  if (std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
    return Fault{"not an NPU program"};
  const std::uint64_t hash = getWord(&bytes[8]);
  if (hash != configHash(config))
    return Fault{fmt::format("configuration: the program is for {:016x}, but "
                             "the machine is {:016x}",
                             hash, configHash(config))};
  const std::uint64_t count = getWord(&bytes[16]);
  const std::size_t room = bytes.size() - programHeadBytes;
  if (count > room / commandBytes)
    return Fault{fmt::format("command {}: the program ends after {} bytes of "
                             "it; there should be {} commands",
                             room / commandBytes, room % commandBytes, count)};
  if (count * commandBytes != room)
    return Fault{fmt::format("{} bytes follow the last of {} commands",
                             room - count * commandBytes, count)};
  Program program;
  for (int i = 0; i < baseRegisters; ++i) {
    const std::uint64_t extent = getWord(&bytes[24 + 8 * i]);
    if (extent > std::uint64_t(1) << 40)
      return Fault{fmt::format("extent of base {}: must be at most 2^40, but "
                               "is {}",
                               i, extent)};
    program.extents[i] = static_cast<std::int64_t>(extent);
  }
  for (std::size_t i = 24 + 8 * baseRegisters; i < programHeadBytes; ++i)
    if (bytes[i] != std::byte(0))
      return Fault{fmt::format("byte {} of the head must be 0", i)};
  program.commands.resize(count);
  const std::byte *at = bytes.data() + programHeadBytes;
  for (Encoded &command : program.commands)
    for (std::uint64_t &word : command.words) {
      word = getWord(at);
      at += 8;
    }
  if (auto found = checkCommands(program.commands, config, program.extents))
    return *found;
  return program;
}

} // namespace glowplug::npu
