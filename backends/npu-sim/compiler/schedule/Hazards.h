// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which earlier commands a command must not overtake.

#pragma once

#include "simulator/isa/Access.h"
#include "simulator/timing/Banks.h"

#include <array>
#include <map>
#include <vector>

namespace glowplug::npusim {

/// Remembers what commands touched, in program order. Ranges are kept by
/// bytes; a strided access counts as the ranges of its outer dimensions, with
/// the gaps between its runs: too much rather than too little.
class Hazards {
public:
  explicit Hazards(const npu::Config &config) : config(config) {}

  /// Numbers of the commands that have to retire before \p command, with
  /// this \p number, may start; of its own queue only those that the queue's
  /// order does not see to. May repeat numbers.
  std::vector<std::int32_t> add(std::int32_t number,
                                const npu::Command &command);

private:
  /// Bytes with one history, from the key of the map to `end`.
  struct Range {
    std::int64_t end = 0;
    std::int32_t writer = -1; ///< the last one
    int writerQueue = -1;
    bool writerAccumulates = false;
    /// The last reader of each queue since then.
    std::array<std::int32_t, npu::queueCount> readers{-1, -1, -1, -1, -1};
  };
  using Ranges = std::map<std::int64_t, Range>;

  void touch(Ranges &ranges, std::int64_t begin, std::int64_t end,
             const npu::Access &access);
  void touch(const npu::Access &access);
  void takePorts(const npu::BankUse &use);

  npu::Config config;
  Ranges scratchpad, accumulator;
  std::array<Ranges, npu::baseRegisters> dram;

  /// A port of each bank: the last command of each queue that used it.
  using Ports = std::array<std::array<std::int32_t, npu::queueCount>, 64>;
  Ports reads = emptyPorts(), writes = emptyPorts(), sumReads = emptyPorts(),
        sumWrites = emptyPorts();
  static Ports emptyPorts();
  void takePort(Ports &ports, std::uint64_t banks);

  /// Of each queue, banks that the streams of recent commands read, and the
  /// last command that did.
  std::array<std::array<std::int32_t, 64>, npu::queueCount> streams =
      emptyStreams();
  static std::array<std::array<std::int32_t, 64>, npu::queueCount>
  emptyStreams();

  // The command that is being added.
  std::int32_t id = 0;
  int queue = 0;
  std::vector<std::int32_t> found;
};

} // namespace glowplug::npusim
