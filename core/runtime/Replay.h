// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A run as bare hardware sees it: the records of the optional group "replay",
/// checked.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glowplug {

/// What to put into memory and registers, and which commands to give. Ranges of
/// segments, outputs and commands lie in the memory and do not overlap.
struct Replay {
  struct Segment {
    std::string name;
    uint64_t address = 0;
    std::vector<uint8_t> bytes;
  };
  struct Register {
    std::string name;
    uint32_t number = 0;
    uint64_t value = 0;
  };
  struct Output {
    uint64_t address = 0, bytes = 0;
  };

  uint64_t memoryBytes = 0, commandBytes = 0;
  std::optional<uint64_t> commandsAddress; ///< None: they come by a port.
  std::vector<Segment> segments;
  std::vector<Register> registers; ///< In the order of their writes.
  std::vector<uint8_t> commands;   ///< Whole ones.
  std::vector<Output> outputs;     ///< By the outputs of the program.
};

/// One part of a model.
struct PartReplay {
  uint32_t part = 0; ///< Its number in the plan.
  std::string backend;
  Replay replay;
  std::vector<std::vector<uint8_t>> outputs; ///< What a run gave.
};

} // namespace glowplug
