// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A case of `glowplug conformance export-rtl`, read from its folder.

#pragma once

#include "simulator/isa/Program.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

namespace glowplug::npu::player {

/// A part of the memory that is judged.
struct Region {
  std::uint64_t address = 0, bytes = 0;
  std::uint32_t crc = 0;
  std::uint8_t poison = 0; ///< Filled the region before the run.
};

struct Case {
  std::vector<std::uint8_t> memory; ///< As preload.hex has it.
  std::vector<Encoded> commands;
  std::uint64_t commandsAddress = 0;
  std::map<std::uint64_t, std::uint64_t> registers; ///< Value by number.
  std::vector<Region> regions;
};

/// Reads player.hex, preload.hex and commands.hex of \p folder; nothing in them
/// is trusted. A fault names the file.
Result<Case> readCase(const std::filesystem::path &folder);

/// Why \p memory, after a run, is not what the regions ask for: a region that
/// was never written, or has another CRC. A case without regions, or with an
/// empty one, asks for nothing, which is a fault too.
std::optional<Fault> judge(const Case &given,
                           const std::vector<std::uint8_t> &memory);

} // namespace glowplug::npu::player
