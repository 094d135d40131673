// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Command fetch and dispatch.

#pragma once

#include "simulator/model/Queue.h"

#include <memory>

namespace glowplug::npu::model {

/// Sends fetched commands to their queues, one per cycle, in program order.
class Fetch : public sc_core::sc_module, public Actor {
public:
  using Queues = std::array<std::unique_ptr<CommandQueue>, queueCount>;

  Fetch(const sc_core::sc_module_name &name, Queues &queues)
      : sc_module(name), queues(queues) {}

  void begin(Run &next, FetchTiming &nextTiming);

  /// The next command arrives at \p at.
  void arrive(Cycle at);
  std::int64_t dispatched() const { return sent; }

  /// Dispatches the next command if its queue has room.
  void act(Cycle now) override;

private:
  Queues &queues;
  Run *run = nullptr;
  FetchTiming *timing = nullptr;
  std::vector<Cycle> arrivals;
  std::int64_t sent = 0;
  Cycle last = -1;
};

} // namespace glowplug::npu::model
