// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Fetch and dispatch as hardware.

#pragma once

#include "simulator/model/Bus.h"
#include "simulator/model/HardwareUnit.h"

namespace glowplug::npu::model {

/// Runs a FetchUnit in the place of Fetch. What it dispatches has to be the
/// program's next command, and go to that command's queue.
class HardwareFetch : public Actor, public Clocked {
public:
  HardwareFetch(FetchUnit &unit, Fetch::Queues &queues, MemoryBus &bus,
                Run &run)
      : unit(unit), queues(queues), bus(bus), run(run) {}

  /// After the agenda's begin().
  void begin();

  std::int64_t dispatched() const { return sent; }

  /// The unit's turn in a cycle: it may dispatch a command.
  void act(Cycle now) override;

  bool isBusy() const override { return isAwake; }
  void step(Cycle now) override;
  int requester() const override { return fetchRequester; }
  std::optional<BusRequest> request() override { return unit.request(); }
  void granted(Cycle at, Cycle done) override {
    unit.grant(done - at);
    moved = done;
  }

private:
  bool isDone() const { return sent == std::ssize(run.commands); }
  CommandQueue &nextQueue() const {
    return *queues[headerOf(run.commands[sent]).queue];
  }
  void dispatch(const FetchUnit::Dispatch &sending, Cycle now);
  void seeQueues();
  void fail(std::string text);

  FetchUnit &unit;
  Fetch::Queues &queues;
  MemoryBus &bus;
  Run &run;
  std::int64_t sent = 0;
  bool isAwake = false;
  unsigned full = 0; ///< queues without room at the end of the last cycle
  Cycle looked = -1; ///< at what it shows in this cycle
  Cycle moved = 0;   ///< the last dispatch, or arrival of a burst
};

} // namespace glowplug::npu::model
