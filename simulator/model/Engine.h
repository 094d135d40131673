// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What does a queue's commands.

#pragma once

#include "simulator/timing/Bus.h"

#include <optional>

namespace glowplug::npu::model {

class Engine {
public:
  virtual ~Engine() = default;

  /// Takes the command \p number, which issues now and starts in the next
  /// cycle. The times of its front and its end, or none if they come later,
  /// through the queue's freeFront() and finish().
  virtual std::optional<Span> issue(std::int64_t number, const Command &command,
                                    Cycle now) = 0;

  /// Whether the engine itself applies the effects of its commands. If not,
  /// Run::execute applies them when the commands issue.
  virtual bool hasEffects() const { return false; }
};

/// What must be followed cycle by cycle while it works.
class Clocked {
public:
  virtual ~Clocked() = default;

  virtual bool isBusy() const = 0;
  /// Ends cycle \p now and tells the queue what shows in the next one. Nothing
  /// else happens before that.
  virtual void step(Cycle now) = 0;

  /// The requester of the bus that it is; -1 for none.
  virtual int requester() const { return -1; }
  /// What it requests in the present cycle.
  virtual std::optional<BusRequest> request() { return std::nullopt; }
  /// The bus takes that in the present cycle \p at; its data have passed at
  /// \p done.
  virtual void granted([[maybe_unused]] Cycle at, [[maybe_unused]] Cycle done) {
  }
};

} // namespace glowplug::npu::model
