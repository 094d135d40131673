// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Estimates starts by a walk over the five queues, and sorts by them.

#include "backends/npu-sim/compiler/schedule/Order.h"

#include "simulator/timing/Bus.h"
#include "simulator/timing/VectorTiming.h"

#include <algorithm>
#include <numeric>

namespace glowplug::npusim {
namespace {

using npu::Cycle;

/// The machine of the estimate.
class Estimate {
public:
  explicit Estimate(const npu::Config &config)
      : config(config), array(config), vector(config),
        dmas{npu::DmaTiming(config, {}), npu::DmaTiming(config, {}),
             npu::DmaTiming(config, {})} {}

  /// Starts \p command at \p start or later, and returns when.
  Cycle run(const npu::Command &command, Cycle start) {
    const int queue = npu::headerOf(command).queue;
    start = std::max(start, free[queue]);
    if (npu::headerOf(command).drain != 0)
      start = std::max(start, retired[queue] + npu::wakeCycles);
    const npu::Span span = spanOf(command, start);
    free[queue] = span.frontFree;
    retired[queue] = std::max(retired[queue] + 1, span.end);
    return start;
  }

  Cycle freeAt(int queue) const { return free[queue]; }
  Cycle retiredAt(int queue) const { return retired[queue]; }

private:
  npu::Span spanOf(const npu::Command &command, Cycle start) {
    if (const auto *load = std::get_if<npu::Load>(&command))
      return transfer(*load, start);
    if (const auto *store = std::get_if<npu::Store>(&command))
      return transfer(*store, start);
    const npu::Queue queue = npu::queueOf(command);
    if (const int dma = npu::requesterOf(queue); dma >= 0)
      return *dmas[dma].begin(command, start);
    return queue == npu::Queue::Matrix ? array.begin(command, start)
                                       : vector.begin(command, start);
  }

  /// The beats of a transfer, one after another.
  template <typename T>
  npu::Span transfer(const T &c, Cycle start) {
    std::int64_t runs = 1;
    for (std::int32_t count : c.count)
      runs *= count;
    const std::int64_t width = config.dramBytesPerCycle;
    const Cycle beats = runs * ((c.run + width - 1) / width);
    bus = std::max(bus, start) + beats;
    return {bus, bus + config.dramLatencyCycles};
  }

  npu::Config config;
  npu::ArrayTiming array;
  npu::VectorTiming vector;
  std::array<npu::DmaTiming, 3> dmas; ///< for what needs no bus
  Cycle bus = 0;
  std::array<Cycle, npu::queueCount> free{}, retired{};
};

} // namespace

std::vector<npu::Cycle> estimateStarts(const std::vector<Step> &steps,
                                       const npu::Config &config) {
  std::array<std::vector<StepId>, npu::queueCount> queues;
  for (std::size_t i = 0; i < steps.size(); ++i)
    queues[npu::headerOf(steps[i].command).queue].push_back(
        static_cast<StepId>(i));

  Estimate machine(config);
  std::vector<Cycle> starts(steps.size(), -1), ends(steps.size(), 0);
  std::array<std::size_t, npu::queueCount> next{};
  for (std::size_t done = 0; done < steps.size(); ++done) {
    // Of the queues whose next step may run, the one that can start first.
    int best = -1;
    Cycle bestStart = 0;
    for (int q = 0; q < npu::queueCount; ++q) {
      if (next[q] == queues[q].size())
        continue;
      const Step &step = steps[queues[q][next[q]]];
      Cycle start = machine.freeAt(q);
      bool isReady = true;
      for (StepId other : step.waits) {
        if (other < 0)
          continue;
        isReady &= starts[other] >= 0;
        start = std::max(start, ends[other] + npu::wakeCycles);
      }
      if (isReady && (best < 0 || start < bestStart)) {
        best = q;
        bestStart = start;
      }
    }
    const StepId id = queues[best][next[best]++];
    starts[id] = machine.run(steps[id].command, bestStart);
    ends[id] = machine.retiredAt(best);
  }
  return starts;
}

/// The numbers of steps in the order of \p starts.
static std::vector<StepId> startOrder(const std::vector<npu::Cycle> &starts) {
  std::vector<StepId> order(starts.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](StepId a, StepId b) {
    return std::pair(starts[a], a) < std::pair(starts[b], b);
  });
  return order;
}

std::vector<Step> orderByStart(const std::vector<Step> &steps,
                               const std::vector<npu::Cycle> &starts) {
  const std::vector<StepId> order = startOrder(starts);
  std::vector<StepId> place(steps.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    place[order[i]] = static_cast<StepId>(i);
  std::vector<Step> result;
  result.reserve(steps.size());
  for (StepId id : order) {
    result.push_back(steps[id]);
    for (StepId &other : result.back().waits)
      if (other >= 0)
        other = place[other];
  }
  return result;
}

} // namespace glowplug::npusim
