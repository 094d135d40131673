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
class HardwareEngine : public Engine, public Clocked {
public:
  /// \p model is the engine of the contract, which knows all times at once;
  /// null for a DMA engine, whose times depend on the bus.
  HardwareEngine(HardwareUnit &unit, Engine *model, Queue queue,
                 CommandQueue &commands, MemoryBus &bus, Run &run)
      : unit(unit), model(model), queue(queue), commands(commands), bus(bus),
        run(run) {}

  std::optional<Span> issue(std::int64_t number, const Command &command,
                            Cycle now) override;
  bool hasEffects() const override { return true; }

  bool isBusy() const override { return inUnit != 0 || ended >= 0; }
  void step(Cycle now) override;
  int requester() const override {
    return unit.busPort() ? requesterOf(queue) : -1;
  }
  std::optional<BusRequest> request() override {
    return unit.busPort()->request();
  }
  void granted(Cycle at, Cycle done) override {
    unit.busPort()->grant(done - at);
    expected = std::max(expected, done);
  }

private:
  struct Open {
    std::int64_t number;
    Cycle end; ///< by the contract, of a command of the model or a `sync`
    bool inUnit;
  };

  Cycle expectedEnd(const Command &command, Cycle now);
  void flush();
  void drain(Cycle now);
  void fail(std::string text);

  HardwareUnit &unit;
  Engine *model;
  Queue queue;
  CommandQueue &commands;
  MemoryBus &bus;
  Run &run;
  std::deque<Open> open;
  int inUnit = 0;            ///< of the commands that are open
  std::int64_t ended = -1;   ///< in the present cycle, whose edge may write yet
  bool isFrontTaken = false; ///< by the last command that went to the unit
  Cycle modelUntil = 0;      ///< commands that issue before are the model's
  Cycle expected = 0; ///< the contract has all of them end until then, or go on
  Cycle stepped = 0;  ///< cycles before it have passed for the unit
};

} // namespace glowplug::npu::model
