// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs cases on the models of the NPU.

#include "simulator/player/Play.h"

#include "simulator/device/Execute.h"
#include "simulator/isa/Access.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npu::player {
namespace {

/// Registers 0 to 7 are the base registers; the next is the configuration.
constexpr std::uint64_t hashRegister = baseRegisters;

/// A case as a program, whose base registers reach up to the next of them.
struct Prepared {
  Program program;
  Bases bases{};
};

/// Where what begins at \p begin ends at the latest: where something else does.
std::uint64_t endOf(const Case &given, std::uint64_t begin) {
  std::uint64_t end = given.memory.size();
  const auto limit = [&](std::uint64_t place) {
    if (place > begin)
      end = std::min(end, place);
  };
  for (std::uint64_t i = 0; i < baseRegisters; ++i)
    if (const auto found = given.registers.find(i);
        found != given.registers.end())
      limit(found->second);
  limit(given.commandsAddress);
  return end;
}

Result<Prepared> prepare(const Case &given, const Config &config) {
  const auto hash = given.registers.find(hashRegister);
  if (hash == given.registers.end())
    return Fault{fmt::format("no register {} says which configuration the "
                             "case is for",
                             hashRegister)};
  if (hash->second != configHash(config))
    return Fault{fmt::format("the case is for the configuration {:016x}, but "
                             "the machine is {:016x}",
                             hash->second, configHash(config))};
  Prepared made;
  made.program.commands = given.commands;
  for (std::uint64_t i = 0; i < baseRegisters; ++i) {
    const auto base = given.registers.find(i);
    if (base == given.registers.end())
      continue;
    if (base->second > given.memory.size())
      return Fault{fmt::format("base register {} is {}, past the memory of {} "
                               "bytes",
                               i, base->second, given.memory.size())};
    made.bases[i] = base->second;
    made.program.extents[i] =
        static_cast<std::int64_t>(endOf(given, base->second) - base->second);
  }
  if (auto fault =
          checkCommands(made.program.commands, config, made.program.extents))
    return *fault;
  return made;
}

std::span<std::uint8_t> rangeOf(std::vector<std::uint8_t> &memory,
                                const Prepared &prepared, int base) {
  return std::span(memory).subspan(
      prepared.bases[base],
      static_cast<std::size_t>(prepared.program.extents[base]));
}

} // namespace

Result<Played> playInOrder(const Case &given, const Config &config) {
  const auto prepared = prepare(given, config);
  if (!prepared)
    return prepared.fault();
  Played played;
  played.memory = given.memory;
  Memories memories(config);
  // Contents that no program may rely on.
  std::fill(memories.scratchpad.begin(), memories.scratchpad.end(), 0xa5);
  std::fill(memories.accumulator.begin(), memories.accumulator.end(),
            0x5aa5c33c);
  for (int base = 0; base < baseRegisters; ++base)
    memories.dram[base] = rangeOf(played.memory, *prepared, base);
  for (const Encoded &code : prepared->program.commands)
    execute(*decodeCommand(code), memories);
  return played;
}

Result<Played> playOnModel(const Case &given, const Config &config,
                           const process::Options &options) {
  const auto prepared = prepare(given, config);
  if (!prepared)
    return prepared.fault();
  auto client = process::Client::start(options);
  if (!client)
    return client.fault();
  if (auto fault = (*client)->load(
          prepared->program, {config, prepared->bases, given.commandsAddress}))
    return *fault;
  Played played;
  played.memory = given.memory;
  for (int base = 0; base < baseRegisters; ++base) {
    const auto range = rangeOf(played.memory, *prepared, base);
    std::copy(range.begin(), range.end(), (*client)->memory(base).begin());
  }
  const auto outcome = (*client)->run({.withData = true});
  if (!outcome)
    return outcome.fault();
  // Base registers may be alike: only those that are written count.
  std::array<bool, baseRegisters> isWritten{};
  for (const Encoded &code : prepared->program.commands)
    for (const Access &access : accessesOf(*decodeCommand(code), config))
      if (access.write && access.space == Space::Dram)
        isWritten[access.base] = true;
  for (int base = 0; base < baseRegisters; ++base)
    if (isWritten[base]) {
      const auto shared = (*client)->memory(base);
      const auto range = rangeOf(played.memory, *prepared, base);
      std::copy_n(shared.begin(), range.size(), range.begin());
    }
  played.timeline = outcome->timeline;
  played.inHardware = outcome->inHardware;
  return played;
}

} // namespace glowplug::npu::player
