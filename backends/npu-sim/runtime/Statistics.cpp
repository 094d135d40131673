// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the time of a run went.

#include "backends/npu-sim/runtime/Statistics.h"

#include "simulator/timing/Banks.h"

#include <algorithm>

namespace glowplug::npusim {

using npu::Cycle;

namespace {

/// From `begin` to before `end`.
struct Interval {
  Cycle begin, end;
};

/// One bit for each queue.
using QueueSet = unsigned;
constexpr QueueSet only(npu::Queue queue) {
  return 1u << static_cast<unsigned>(queue);
}

/// When engines of \p queues are at work, as npu::workEnd has it: in order and
/// apart.
std::vector<Interval> timesAtWork(QueueSet queues,
                                  std::span<const npu::Command> commands,
                                  const npu::Timeline &timeline,
                                  const npu::Config &config) {
  std::vector<Interval> all;
  for (std::size_t n = 0; n < commands.size(); ++n) {
    const npu::Record &record = timeline.records[n];
    if ((queues & only(npu::queueOf(commands[n]))) != 0)
      all.push_back({record.start, npu::workEnd(commands[n], record, config)});
  }
  std::sort(all.begin(), all.end(), [](const Interval &a, const Interval &b) {
    return a.begin < b.begin;
  });
  std::vector<Interval> merged;
  for (const Interval &interval : all)
    if (!merged.empty() && interval.begin <= merged.back().end)
      merged.back().end = std::max(merged.back().end, interval.end);
    else
      merged.push_back(interval);
  return merged;
}

/// Measures how much of one interval after the other, in order and apart, an
/// engine was at work.
class Meter {
public:
  Meter(QueueSet queues, std::span<const npu::Command> commands,
        const npu::Timeline &timeline, const npu::Config &config)
      : work(timesAtWork(queues, commands, timeline, config)) {}

  Cycle within(Interval interval) {
    while (next < work.size() && work[next].end <= interval.begin)
      ++next;
    Cycle sum = 0;
    for (std::size_t i = next; i < work.size() && work[i].begin < interval.end;
         ++i)
      sum += std::min(work[i].end, interval.end) -
             std::max(work[i].begin, interval.begin);
    return sum;
  }

private:
  std::vector<Interval> work;
  std::size_t next = 0;
};

void findLayerTimes(Statistics &result, std::span<const npu::Command> commands,
                    const npu::Timeline &timeline, const npu::Config &config) {
  constexpr Cycle unset = -1;
  for (LayerStatistics &layer : result.layers)
    layer.begin = unset;
  for (std::size_t n = 0; n < commands.size(); ++n) {
    LayerStatistics &layer = result.layers[npu::headerOf(commands[n]).layer];
    const npu::Record &record = timeline.records[n];
    if (layer.begin == unset || record.start < layer.begin)
      layer.begin = record.start;
    layer.end = std::max(layer.end, record.end);
  }

  Meter compute(only(npu::Queue::Matrix), commands, timeline, config);
  Meter dma(only(npu::Queue::LoadA) | only(npu::Queue::LoadW) |
                only(npu::Queue::Store),
            commands, timeline, config);
  Meter vector(only(npu::Queue::Vector), commands, timeline, config);
  Cycle before = 0; // when all layers so far have finished
  for (LayerStatistics &layer : result.layers) {
    if (layer.begin == unset)
      layer.begin = layer.end = before;
    const Interval share{before, std::max(before, layer.end)};
    before = share.end;
    layer.cycles = share.end - share.begin;
    Cycle most = 0;
    for (auto [bound, meter] :
         {std::pair(Bound::Compute, &compute), std::pair(Bound::Dma, &dma),
          std::pair(Bound::Vector, &vector)}) {
      const Cycle work = meter->within(share);
      if (work > most && 2 * work >= layer.cycles)
        layer.bound = bound;
      most = std::max(most, work);
    }
  }
}

std::uint64_t divideUp(std::uint64_t value, std::uint64_t by) {
  return value / by + (value % by != 0 ? 1 : 0);
}

} // namespace

Statistics statisticsOf(const Blob &blob,
                        std::span<const npu::Command> commands,
                        const npu::Timeline &timeline,
                        const npu::Config &config) {
  Statistics result;
  result.cycles = timeline.cycles;
  result.layers.resize(blob.layers.size());
  result.engines = npu::stallsOf(commands, timeline, config);
  result.bankConflicts =
      npu::findBankConflicts(commands, timeline, config).size();
  findLayerTimes(result, commands, timeline, config);

  const auto peak = static_cast<std::uint64_t>(config.arrayRows) *
                    static_cast<std::uint64_t>(config.arrayRows);
  const auto width = static_cast<std::uint64_t>(config.dramBytesPerCycle);
  for (std::size_t i = 0; i < blob.layers.size(); ++i) {
    const LayerInfo &info = blob.layers[i];
    LayerStatistics &layer = result.layers[i];
    result.macs += info.macs;
    layer.rooflineCycles =
        std::max(divideUp(info.macs, peak), divideUp(info.dramBytes, width));
    if (layer.rooflineCycles != 0)
      layer.gap = static_cast<double>(layer.cycles) /
                  static_cast<double>(layer.rooflineCycles);
  }
  if (result.cycles != 0)
    result.utilization =
        static_cast<double>(result.macs) /
        (static_cast<double>(result.cycles) * static_cast<double>(peak));
  return result;
}

} // namespace glowplug::npusim
