// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds accesses to the same bytes that no semaphore orders.

#pragma once

#include "simulator/isa/Command.h"
#include "simulator/isa/Config.h"

#include <span>
#include <string>
#include <vector>

namespace glowplug::npu {

/// Two commands of which the second touches what the first has not surely
/// finished with.
struct Race {
  enum class Kind { ReadAfterWrite, WriteAfterRead, WriteAfterWrite };
  Kind kind;
  std::int64_t first, second; ///< numbers of commands
  std::string place;          ///< for instance "scratchpad byte 8192"

  std::string message() const;
};

/// The races of \p commands, at most one for each pair and \p most in all, in
/// program order of the second. Whether a race shows depends on times; this
/// does not: it follows which retirements each command's start implies.
///
/// The commands are as checkCommands wants them. Base registers must point to
/// memory of their own: two bases never name the same byte here.
std::vector<Race> findRaces(std::span<const Command> commands,
                            const Config &config, std::size_t most = 16);

} // namespace glowplug::npu
