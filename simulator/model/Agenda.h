// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What happens when inside the machine.

#pragma once

#include "simulator/timing/Dram.h"

#include <algorithm>
#include <array>

namespace glowplug::npu::model {

/// A module that acts at times that it or others choose.
class Actor {
public:
  virtual ~Actor() = default;
  virtual void act(Cycle now) = 0;
};

/// The next time at which each module acts. Within a cycle they act in the
/// order of their turns. As nothing outside can change what a running program
/// does, the machine goes from one time to the next by itself, not by events of
/// the kernel, each of which would cost as much as the command that it is for.
class Agenda {
public:
  /// Signals and dispatch come before issues, and the bus decides last.
  enum Turn : int { Signals, Dispatch, Issue, Memory = Issue + queueCount };
  static constexpr int turns = Memory + 1;

  static constexpr Turn issueOf(int queue) {
    return static_cast<Turn>(Issue + queue);
  }

  void begin(const std::array<Actor *, turns> &next) {
    actors = next;
    times.fill(never);
    present = 0;
  }

  /// Lets the actor of \p turn act at \p at, which is not earlier than now, or
  /// earlier if that was wanted before.
  void wake(Turn turn, Cycle at) { times[turn] = std::min(times[turn], at); }

  Cycle now() const { return present; }

  /// The time of the next turn, or never.
  Cycle next() const {
    Cycle least = never;
    for (const Cycle time : times)
      least = std::min(least, time);
    return least;
  }

  /// Goes to \p time, which is next(), and lets act those who want to.
  void step(Cycle time) {
    present = time;
    for (int turn = 0; turn < turns; ++turn)
      if (times[turn] == time) {
        times[turn] = never;
        actors[turn]->act(time);
      }
  }

private:
  std::array<Actor *, turns> actors{};
  std::array<Cycle, turns> times{};
  Cycle present = 0;
};

} // namespace glowplug::npu::model
