// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the modules share while a program runs.

#pragma once

#include "simulator/device/Memories.h"
#include "simulator/model/Agenda.h"
#include "simulator/timing/Banks.h"

#include <functional>
#include <optional>

namespace glowplug::npu::model {

/// A program under way. The modules' state is rebuilt for each. After a fault
/// no module acts.
struct Run {
  std::vector<Command> commands;
  Config config;
  Agenda agenda;
  Timeline timeline;
  std::optional<Fault> fault;
  std::optional<BankConflict> conflict; ///< that the fault is
  std::optional<int> overflow;          ///< the semaphore of which it is one
  std::int64_t retired = 0;
  /// Has the effect of the command with this number, when it issues; null:
  /// times only.
  std::function<void(std::int64_t)> execute;
  /// The parts of it around the effect proper, for engines that have that
  /// themselves; null as well.
  std::function<void(std::int64_t)> before, after;
  /// Sees conflicts on banks, which are faults; none: they are let go.
  std::optional<BankWatch> banks;
  std::int64_t inHardware = 0; ///< commands that units of hardware took
  /// The clocks of hardware never stand still.
  bool lockstep = false;
};

} // namespace glowplug::npu::model
