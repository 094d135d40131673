// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a program runs on in a test: a machine with its memories.

#pragma once

#include "simulator/device/Memories.h"
#include "simulator/isa/Assembly.h"
#include "simulator/timing/Replay.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <cstdio>
#include <cstdlib>

namespace glowplug::npu::test {

/// Base registers far from each other.
inline Machine machineOf(const Config &config) {
  Machine machine{config, {}, 1 << 20};
  for (int i = 0; i < baseRegisters; ++i)
    machine.bases[i] = std::uint64_t(i + 1) << 24;
  return machine;
}

/// The commands of a program in text without mistakes.
inline std::vector<Command> commandsOf(std::string_view text) {
  const auto program = assemble(text);
  if (!program) {
    std::fprintf(stderr, "commandsOf: %s\n", program.message().c_str());
    std::abort();
  }
  std::vector<Command> commands;
  for (const Encoded &code : program->commands)
    commands.push_back(*decodeCommand(code));
  return commands;
}

/// Memories with random contents, and as much DRAM at each base.
struct World {
  World(const Config &config, std::mt19937_64 &random,
        std::int64_t extent = randomExtent)
      : memories(config) {
    for (auto &byte : memories.scratchpad)
      byte = static_cast<std::uint8_t>(random());
    for (auto &bytes : dram) {
      bytes.resize(static_cast<std::size_t>(extent));
      for (std::size_t i = 0; i < bytes.size(); i += 7)
        bytes[i] = static_cast<std::uint8_t>(random());
    }
    attach();
  }
  World(const World &other) : memories(other.memories), dram(other.dram) {
    attach();
  }
  World &operator=(const World &) = delete;

  void attach() {
    for (int i = 0; i < baseRegisters; ++i)
      memories.dram[i] = dram[i];
  }

  Memories memories;
  std::array<std::vector<std::uint8_t>, baseRegisters> dram;
};

} // namespace glowplug::npu::test
