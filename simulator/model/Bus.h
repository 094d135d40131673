// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The bus to memory and the DMA engines, which it grants.

#pragma once

#include "simulator/model/Fetch.h"

namespace glowplug::npu::model {

/// Grants bursts up to the kernel's next event at a time: nobody can make a
/// request before that.
class MemoryBus : public sc_core::sc_module {
public:
  MemoryBus(const sc_core::sc_module_name &name, Fetch::Queues &queues,
            Fetch &fetch);

  void begin(Run &next, Bus &nextBus);

  /// A request was made now.
  void request() { look.notify(sc_core::SC_ZERO_TIME); }

private:
  void advance();

  Fetch::Queues &queues;
  Fetch &fetch;
  Run *run = nullptr;
  Bus *bus = nullptr;
  sc_core::sc_event look{"look"};
};

} // namespace glowplug::npu::model
