// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What does a queue's commands.

#pragma once

#include "simulator/timing/ArrayTiming.h"

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

/// An engine that must be followed cycle by cycle while it works.
class ClockedEngine : public Engine {
public:
  virtual bool isBusy() const = 0;
  /// Ends cycle \p now and tells the queue what shows in the next one. Nothing
  /// else happens before that.
  virtual void step(Cycle now) = 0;
};

} // namespace glowplug::npu::model
