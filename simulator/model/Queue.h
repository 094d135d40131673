// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A queue of commands with the front of its engine.

#pragma once

#include "simulator/model/Semaphores.h"

#include <deque>

namespace glowplug::npu::model {

/// What does a queue's commands. One of them takes a command at a time.
class Engine {
public:
  virtual ~Engine() = default;

  /// Takes a command that issues now. The times of its front and its end, or
  /// none if the bus has to tell: then CommandQueue::complete follows.
  virtual std::optional<Span> issue(const Command &command, Cycle now) = 0;
};

/// One of the five queues. Issues its commands in order, as the contract says.
class CommandQueue : public sc_core::sc_module {
public:
  CommandQueue(const sc_core::sc_module_name &name, SemaphoreUnit &semaphores);

  void begin(Run &next, Engine &nextEngine);

  bool isFull() const { return waiting.size() >= depth; }
  /// Takes a command that is dispatched now. Not when full.
  void push(std::int64_t number);
  /// The number of the first command, or -1.
  std::int64_t head() const { return waiting.empty() ? -1 : waiting.front(); }
  /// The times of the command that the engine left open.
  void complete(Span span);

  /// A command has left the full queue in the cycle before.
  sc_core::sc_event left{"left"};

private:
  void tryIssue();
  void retire(std::int64_t number, Span span);
  void wakeAt(Cycle at);

  SemaphoreUnit &semaphores;
  Run *run = nullptr;
  Engine *engine = nullptr;
  std::size_t depth = 1;
  std::deque<std::int64_t> waiting;
  std::int64_t open = -1;
  Cycle frontFree = 0, lastEnd = 0;
  sc_core::sc_event wake{"wake"}, attempt{"attempt"};
};

} // namespace glowplug::npu::model
