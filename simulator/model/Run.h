// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the modules share while a program runs.

#pragma once

#include "simulator/device/Memories.h"
#include "simulator/model/Time.h"
#include "simulator/timing/Replay.h"

#include <functional>
#include <optional>

namespace glowplug::npu::model {

/// A program under way. The modules' state is rebuilt for each.
struct Run {
  std::vector<Command> commands;
  Config config;
  CycleClock clock;
  Timeline timeline;
  std::optional<Fault> fault;
  std::int64_t retired = 0;
  /// Called when a command issues, with its number; null: times only.
  std::function<void(std::int64_t)> execute;
};

} // namespace glowplug::npu::model
