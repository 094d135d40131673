// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Conflicts on the ports of the memories' banks: what the contract calls a
/// fault of the program.

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
  /// Numbers of commands, in the order of their starts; equal for one alone.
  std::int64_t first, second;
  Queue firstQueue, secondQueue;
  Space space;
  bool write;
  int bank;

  std::string message() const;
};

/// Watches commands as they start and end, and sees conflicts: between commands
/// of different queues while both run, between the front of a command and the
/// streams of those before it in its queue, and within one command. A command
/// runs from its start to its end, both included.
class BankWatch {
public:
  explicit BankWatch(const Config &config) : config(config) {}

  /// Command \p number starts at \p start, not before those before it. Appends
  /// its conflicts with commands that run to \p found.
  void start(std::int64_t number, const Command &command, Cycle start,
             std::vector<BankConflict> &found);
  /// The command, of \p queue, has its end: known at some time from its start
  /// on, and before commands start that it does not meet.
  void end(int queue, std::int64_t number, Cycle end);

private:
  struct Running {
    std::int64_t number;
    Cycle end;
    BankUse use;
  };
  const Config config;
  std::array<std::vector<Running>, queueCount> running;
};

/// The conflicts of a program that ran as \p timeline says, by the start of
/// their second command, and by its queue where several start at once.
std::vector<BankConflict> findBankConflicts(std::span<const Command> commands,
                                            const Timeline &timeline,
                                            const Config &config);

/// The first of them as the fault that a machine stops with.
std::optional<Fault> findBankFault(std::span<const Command> commands,
                                   const Timeline &timeline,
                                   const Config &config);

} // namespace glowplug::npu
