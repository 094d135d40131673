// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random programs that keep every rule of the reader.

#pragma once

#include "simulator/isa/Check.h"

#include <random>
#include <vector>

namespace glowplug::npu::test {

struct RandomOptions {
  int commands = 40;
  /// Every command waits for the one before it, so that there is no race.
  bool sequential = false;
};

/// Bytes at each base register that random programs use.
inline constexpr std::int64_t randomExtent = 1 << 20;

/// Commands that checkCommands accepts with extents of randomExtent. They
/// depend on nothing but \p random, \p config and \p options.
std::vector<Command> randomProgram(std::mt19937_64 &random,
                                   const Config &config,
                                   const RandomOptions &options = {});

/// One random command for \p queue.
Command randomCommand(std::mt19937_64 &random, const Config &config,
                      Queue queue);

/// Whether \p reader may read what \p writer writes, sums apart.
bool overlaps(const Command &writer, const Command &reader,
              const Config &config);

/// A random small configuration.
Config randomConfig(std::mt19937_64 &random);

} // namespace glowplug::npu::test
