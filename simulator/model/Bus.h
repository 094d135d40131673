// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The bus to memory and the DMA engines, which it grants.

#pragma once

#include "simulator/model/Fetch.h"

namespace glowplug::npu::model {

/// Grants bursts up to the kernel's next event at a time: nobody can make a
/// request before that. While an engine has a clock, both go on cycle by cycle
/// up to there.
class MemoryBus : public sc_core::sc_module {
public:
  MemoryBus(const sc_core::sc_module_name &name, Fetch::Queues &queues,
            Fetch &fetch);

  void begin(Run &next, Bus &nextBus, std::vector<ClockedEngine *> engines);

  /// A request was made now, or an engine with a clock has begun to work.
  void request() { look.notify(sc_core::SC_ZERO_TIME); }

private:
  void advance();
  Cycle nextEvent() const;
  void take(const Grant &grant);
  /// One cycle of the bus and of the engines that have a clock.
  void step(Cycle now);

  Fetch::Queues &queues;
  Fetch &fetch;
  Run *run = nullptr;
  Bus *bus = nullptr;
  std::vector<ClockedEngine *> clocked;
  Cycle stepped = 0; ///< cycles before it have passed for those engines
  sc_core::sc_event look{"look"};
};

} // namespace glowplug::npu::model
