// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The bus to memory and the DMA engines, which it grants.

#pragma once

#include "simulator/model/Fetch.h"

namespace glowplug::npu::model {

/// Grants bursts up to the next time of the agenda: no module can make a
/// request before that. While hardware is busy, bus and hardware go on cycle by
/// cycle up to there.
class MemoryBus : public sc_core::sc_module, public Actor {
public:
  MemoryBus(const sc_core::sc_module_name &name, Fetch::Queues &queues,
            Fetch &fetch)
      : sc_module(name), queues(queues), fetch(fetch) {}

  void begin(Run &next, Bus &nextBus, std::vector<Clocked *> hardware);

  /// A request was made now, or hardware has begun to work.
  void request() { run->agenda.wake(Agenda::Memory, run->agenda.now()); }

  void act(Cycle now) override;

private:
  void take(const Grant &grant);
  bool hasBusyHardware() const;
  /// One cycle of the bus and of the hardware.
  void step(Cycle now);

  Fetch::Queues &queues;
  Fetch &fetch;
  Run *run = nullptr;
  Bus *bus = nullptr;
  std::vector<Clocked *> clocked;
  std::array<Clocked *, 4> requesters{}; ///< those of them that are
  Cycle stepped = 0; ///< cycles before it have passed for the hardware
};

} // namespace glowplug::npu::model
