// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A unit of hardware in place of an engine.

#pragma once

#include "simulator/model/Bus.h"
#include "simulator/model/HardwareUnit.h"

#include <deque>

namespace glowplug::npu::model {

/// Runs a HardwareUnit over each of its busy periods, with its own times and
/// its own effects on the memories. The model does the commands that the unit
/// does not take, and those that follow before the last of them has ended, as
/// their times depend on each other.
class HardwareEngine : public ClockedEngine {
public:
  /// \p model is the engine of the contract; it knows all times at once.
  HardwareEngine(HardwareUnit &unit, Engine &model, CommandQueue &queue,
                 MemoryBus &bus, Run &run)
      : unit(unit), model(model), queue(queue), bus(bus), run(run) {}

  std::optional<Span> issue(std::int64_t number, const Command &command,
                            Cycle now) override;
  bool hasEffects() const override { return true; }
  bool isBusy() const override { return inUnit != 0; }
  void step(Cycle now) override;

private:
  struct Open {
    std::int64_t number;
    Cycle end; ///< by the contract if the unit has it
    bool inUnit;
  };

  void flush();
  void drain(Cycle now);
  void fail(std::string text);

  HardwareUnit &unit;
  Engine &model;
  CommandQueue &queue;
  MemoryBus &bus;
  Run &run;
  std::deque<Open> open;
  int inUnit = 0;            ///< of the commands that are open
  bool isFrontTaken = false; ///< by the last command that went to the unit
  Cycle modelUntil = 0;      ///< commands that issue before are the model's
};

} // namespace glowplug::npu::model
