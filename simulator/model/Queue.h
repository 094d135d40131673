// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A queue of commands with the front of its engine.

#pragma once

#include "simulator/model/Engine.h"
#include "simulator/model/Semaphores.h"

#include <systemc>

#include <deque>

namespace glowplug::npu::model {

/// One of the five queues. Issues its commands in order, as the contract says.
class CommandQueue : public sc_core::sc_module, public Actor {
public:
  /// \p turn is that of this queue's issues.
  CommandQueue(const sc_core::sc_module_name &name, Agenda::Turn turn,
               SemaphoreUnit &semaphores);

  void begin(Run &next, Engine &nextEngine);

  bool isFull() const { return waiting.size() >= depth; }
  /// Takes a command that is dispatched now. Not when full.
  void push(std::int64_t number);
  /// The number of the first command, or -1.
  std::int64_t head() const { return waiting.empty() ? -1 : waiting.front(); }

  /// The last command issued leaves the engine's front, so that the next one
  /// may start at \p at, which is later than now.
  void freeFront(Cycle at);
  /// The first command that is still open ends at \p end, not earlier than now.
  void finish(Cycle end);
  /// Both, of the only command that is open.
  void complete(Span span) {
    freeFront(span.frontFree);
    finish(span.end);
  }

  /// Issues the first command if it can.
  void act(Cycle now) override;

private:
  void wakeAt(Cycle at);
  /// The end of the command that has to retire before the first one can issue:
  /// never if it is not known yet.
  Cycle awaitedEnd(bool drain) const;

  Agenda::Turn turn;
  SemaphoreUnit &semaphores;
  Run *run = nullptr;
  Engine *engine = nullptr;
  std::size_t depth = 1;
  std::deque<std::int64_t> waiting;
  std::deque<std::int64_t> open; ///< issued, with an end not known yet
  std::int64_t last = -1;        ///< issued last
  Cycle nextIssue = 0;           ///< the front lets the next command issue then
  std::deque<Cycle> ends{};      ///< of the last `most` commands that have one
  std::size_t most = 1;          ///< commands that have issued and not retired
  bool isHeld = false;           ///< the first command waits for an end
};

} // namespace glowplug::npu::model
