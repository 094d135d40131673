// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One semaphore for each pair of queues.

#include "backends/npu-sim/compiler/schedule/Semaphores.h"

#include <algorithm>

namespace glowplug::npusim {
namespace {

constexpr std::size_t mostWaits = 3, mostSignals = 3;
constexpr int mostTokens = 15; ///< that one wait can take

/// How many tokens may gather in program order before some are taken early.
constexpr int mostGathered = 32;

class Writer {
public:
  Writer(const std::vector<Step> &steps, const npu::Config &config);
  Signalled run();

private:
  /// What one queue signals to another.
  struct Pair {
    std::vector<StepId> signals; ///< in order
    std::size_t given = 0, taken = 0;
  };
  Pair &pair(int from, int to) { return pairs[from * npu::queueCount + to]; }
  static int semaphore(int from, int to) { return from * npu::queueCount + to; }

  void push(npu::Command command, std::size_t step) {
    result.commands.push_back(command);
    result.steps.push_back(static_cast<StepId>(step));
  }
  void pushWait(std::size_t step, int from, int to, int tokens, int layer);
  void writeStep(std::size_t step);
  void takeEarly(std::size_t step, int from, int layer);

  const std::vector<Step> &steps;
  int batch; ///< tokens that are taken early at a time
  std::array<Pair, npu::queueCount * npu::queueCount> pairs;
  std::vector<std::array<bool, npu::queueCount>> signalsTo;
  Signalled result;
};

static_assert(npu::queueCount * npu::queueCount <= npu::semaphores);

} // namespace

Writer::Writer(const std::vector<Step> &steps, const npu::Config &config)
    : steps(steps),
      // Each of the commands that a queue holds may leave a batch untaken.
      batch(std::clamp((npu::semaphoreLimit - 2 * mostGathered) /
                           config.queueDepth,
                       1, mostTokens)),
      signalsTo(steps.size()) {
  for (const Step &step : steps)
    for (StepId other : step.waits)
      if (other >= 0)
        signalsTo[other][npu::headerOf(step.command).queue] = true;
}

void Writer::pushWait(std::size_t step, int from, int to, int tokens,
                      int layer) {
  npu::Sync sync;
  sync.header.queue = to;
  sync.header.layer = layer;
  sync.header.waitSem[0] = semaphore(from, to);
  sync.header.waitCount[0] = tokens;
  pair(from, to).taken += static_cast<std::size_t>(tokens);
  push(sync, step);
}

void Writer::takeEarly(std::size_t step, int from, int layer) {
  for (int to = 0; to < npu::queueCount; ++to) {
    const Pair &tokens = pair(from, to);
    if (tokens.given - tokens.taken > mostGathered)
      pushWait(step, from, to, batch, layer);
  }
}

void Writer::writeStep(std::size_t step) {
  npu::Command command = steps[step].command;
  npu::Header &header = npu::headerOf(command);
  const int own = header.queue, layer = header.layer;

  // Tokens come in the order of the steps that give them.
  std::vector<std::pair<int, int>> waits; // queue, tokens
  for (int from = 0; from < npu::queueCount; ++from) {
    const StepId other = steps[step].waits[from];
    if (other < 0)
      continue;
    const Pair &tokens = pair(from, own);
    const auto upTo = static_cast<std::size_t>(
        std::upper_bound(tokens.signals.begin(), tokens.signals.end(), other) -
        tokens.signals.begin());
    if (upTo > tokens.taken)
      waits.emplace_back(from, static_cast<int>(upTo - tokens.taken));
  }
  std::size_t used = 0;
  for (auto [from, tokens] : waits) {
    for (; tokens > mostTokens; tokens -= mostTokens)
      pushWait(step, from, own, mostTokens, layer);
    if (used == mostWaits) {
      pushWait(step, from, own, tokens, layer);
      continue;
    }
    header.waitSem[used] = semaphore(from, own);
    header.waitCount[used++] = tokens;
    pair(from, own).taken += static_cast<std::size_t>(tokens);
  }

  std::vector<int> targets;
  for (int to = 0; to < npu::queueCount; ++to)
    if (signalsTo[step][to])
      targets.push_back(to);
  for (std::size_t k = 0; k < targets.size() && k < mostSignals; ++k) {
    header.signalSem[k] = semaphore(own, targets[k]);
    header.signalCount[k] = 1;
  }
  push(command, step);
  // A sync after it retires no earlier.
  for (std::size_t k = mostSignals; k < targets.size(); ++k) {
    npu::Sync sync;
    sync.header.queue = own;
    sync.header.layer = layer;
    sync.header.signalSem[0] = semaphore(own, targets[k]);
    sync.header.signalCount[0] = 1;
    push(sync, step);
  }
  for (int to : targets) {
    pair(own, to).signals.push_back(static_cast<StepId>(step));
    ++pair(own, to).given;
  }
  if (!targets.empty())
    takeEarly(step, own, layer);
}

Signalled Writer::run() {
  for (std::size_t i = 0; i < steps.size(); ++i)
    writeStep(i);
  return std::move(result);
}

Signalled addSemaphores(const std::vector<Step> &steps,
                        const npu::Config &config) {
  return Writer(steps, config).run();
}

} // namespace glowplug::npusim
