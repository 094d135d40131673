// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A part of a compiled model, read from the folder that `glowplug export`
/// wrote, with the bytes of its files.

#pragma once

#include "hw/driver/npu_part.h"
#include "simulator/isa/Config.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace glowplug::npu::platform {

/// Bytes at a place in the part's block of memory.
struct Segment {
  std::string name;
  std::uint64_t offset = 0;
  std::vector<std::uint8_t> bytes;
};

/// All addresses count from the begin of the block.
struct Part {
  std::string name;
  std::uint64_t configHash = 0, memoryBytes = 0;
  std::array<std::uint64_t, baseRegisters> bases{};
  Segment commands;
  std::vector<Segment> segments; ///< before the run: constants and inputs
  std::vector<Segment> outputs;  ///< what the run has to give

  /// The same for the driver. Valid as long as this is not changed.
  npu_part forDriver();

private:
  std::vector<npu_part_segment> rows;
};

/// Reads part.json and the files that it names; nothing in them is trusted. A
/// fault names the file, the field, and both values.
Result<Part> readPart(const std::filesystem::path &folder);

/// A part that adds two vectors of 1024 bytes, for a machine of \p config.
Part makeAdditions(const Config &config);

} // namespace glowplug::npu::platform
