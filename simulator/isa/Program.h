// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Programs and their file form.
///
/// A file is a head of 128 bytes, then 64 bytes for each command, all little
/// endian: the eight characters "GP-NPU-1", the hash of the configuration (64
/// bits), the number of commands (64 bits), the extents of the eight base
/// registers (64 bits each), zeros.

#pragma once

#include "simulator/isa/Check.h"

#include <cstddef>
#include <vector>

namespace glowplug::npu {

struct Program {
  Extents extents{};
  std::vector<Encoded> commands;
  friend bool operator==(const Program &, const Program &) = default;
};

inline constexpr std::size_t programHeadBytes = 128;

/// The file form of \p program for machines of \p config.
std::vector<std::byte> writeProgram(const Program &program,
                                    const Config &config);

/// Reads a file for a machine of \p config and checks all of it; nothing in
/// \p bytes is trusted.
Result<Program> readProgram(std::span<const std::byte> bytes,
                            const Config &config);

} // namespace glowplug::npu
