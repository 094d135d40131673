// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counts the accesses that conflict on the memories' ports.

#pragma once

#include "simulator/isa/Access.h"
#include "simulator/timing/Replay.h"

namespace glowplug::npu {

/// Banks that a command reads and writes, bit b for bank b.
struct BankUse {
  /// By the front of the engine (weights, parameters, tables, zero points), and
  /// by its stream of rows.
  std::uint64_t frontReads = 0, streamReads = 0;
  std::uint64_t writes = 0;
  std::uint64_t sumReads = 0, sumWrites = 0; ///< of the accumulator
  /// Of streamReads, the banks that two streams read at once: the input and
  /// the weights of a matmul, or A and B of a vector command.
  std::uint64_t twice = 0;
};

BankUse bankUseOf(const Command &command, const Config &config);

/// Two commands, or one and itself, that need one port of one bank.
struct BankConflict {
  std::int64_t first, second; ///< numbers of commands; equal for one alone
  Space space;
  bool write;
  int bank;

  std::string message() const;
};

/// The conflicts of a program that ran as \p timeline says: between commands of
/// different queues from start to end, between the front of a command and the
/// stream of the one before it in its queue, and within one command.
std::vector<BankConflict> findBankConflicts(std::span<const Command> commands,
                                            const Timeline &timeline,
                                            const Config &config);

} // namespace glowplug::npu
