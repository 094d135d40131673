// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Turns of queues on the ports of banks.

#pragma once

#include "backends/npu-sim/compiler/schedule/Clocks.h"
#include "simulator/timing/Banks.h"

namespace glowplug::npusim {

/// Remembers which commands used which port, in program order.
class Ports {
public:
  explicit Ports(const npu::Config &config) : config(config) {}

  /// Appends to \p earlier the commands that have to retire before \p command,
  /// with this \p number, may use the ports that it needs.
  void add(StepId number, const npu::Command &command,
           std::vector<StepId> &earlier);

private:
  /// A port of each bank: the last command of each queue that used it since
  /// others did.
  struct Port {
    StepOfQueue users = noSteps;
  };
  using PortOfBank = std::array<Port, 64>;
  void take(PortOfBank &ports, std::uint64_t banks, StepId number, int queue,
            std::vector<StepId> &earlier);

  npu::Config config;
  PortOfBank reads, writes, sumReads, sumWrites;
  PortOfBank streams; ///< what the streams of rows of each queue read
};

} // namespace glowplug::npusim
