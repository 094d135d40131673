// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Command fetch and dispatch.

#pragma once

#include "simulator/model/Queue.h"

#include <memory>

namespace glowplug::npu::model {

/// Sends fetched commands to their queues, one a cycle, in program order.
class Fetch : public sc_core::sc_module {
public:
  using Queues = std::array<std::unique_ptr<CommandQueue>, queueCount>;

  Fetch(const sc_core::sc_module_name &name, Queues &queues);

  void begin(Run &next, FetchTiming &nextTiming);

  /// The next command arrives at \p at.
  void arrive(Cycle at);
  std::int64_t dispatched() const { return sent; }

  /// A command has left, so another one may be requested.
  sc_core::sc_event left{"left"};

private:
  void dispatch();

  Queues &queues;
  Run *run = nullptr;
  FetchTiming *timing = nullptr;
  std::vector<Cycle> arrivals;
  std::int64_t sent = 0;
  Cycle last = -1;
  sc_core::sc_event due{"due"};
};

} // namespace glowplug::npu::model
