// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A unit of hardware in place of an engine.

#include "simulator/model/HardwareEngine.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npu::model {

/// Cycles beyond the contract after which a unit counts as hung.
static constexpr Cycle patience = 10'000;

std::optional<Span> HardwareEngine::issue(std::int64_t number,
                                          const Command &command, Cycle now) {
  const Span span = *model.issue(number, command, now);
  if (std::holds_alternative<Sync>(command)) {
    if (run.execute)
      run.execute(number);
    if (open.empty())
      return span;
    // It retires after those before it.
    open.push_back({number, span.end, false});
    queue.freeFront(span.frontFree);
    return std::nullopt;
  }
  if (now < modelUntil || !unit.takes(command)) {
    drain(now);
    if (run.execute)
      run.execute(number);
    modelUntil = span.end;
    return span;
  }
  if (run.before)
    run.before(number);
  if (!unit.look(&command).ready) {
    fail(fmt::format("command {}: the hardware does not take it in cycle {}",
                     number, now));
    return span;
  }
  ++run.inHardware;
  open.push_back({number, span.end, true});
  ++inUnit;
  isFrontTaken = true;
  bus.request();
  return std::nullopt;
}

void HardwareEngine::step(Cycle now) {
  unit.edge();
  const Cycle next = now + 1;
  const auto signals = unit.look(nullptr);
  if (auto fault = unit.fault())
    return fail(std::move(fault->message));
  if (isFrontTaken && signals.ready) {
    isFrontTaken = false;
    queue.freeFront(next + 1);
  }
  if (signals.done && inUnit != 0) {
    const std::int64_t number = open.front().number;
    open.pop_front();
    --inUnit;
    if (run.after)
      run.after(number);
    queue.finish(next);
    flush();
  } else if (signals.done) {
    return fail(fmt::format(
        "the hardware ends a command in cycle {}, but has none", next));
  }
  if (inUnit != 0 && next > open.front().end + patience)
    fail(fmt::format("command {}: the hardware has not ended it in cycle {}, "
                     "{} cycles after the contract",
                     open.front().number, next, next - open.front().end));
}

/// Retires the first commands until it meets one that the unit has.
void HardwareEngine::flush() {
  while (!open.empty() && !open.front().inUnit) {
    queue.finish(open.front().end);
    open.pop_front();
  }
}

/// Runs the unit until it has ended all its commands, ahead of the kernel's
/// time. No other queue may touch what these still read and write.
void HardwareEngine::drain(Cycle now) {
  for (Cycle cycle = now; inUnit != 0 && !run.fault; ++cycle)
    step(cycle);
}

void HardwareEngine::fail(std::string text) {
  if (!run.fault)
    run.fault = Fault{std::move(text)};
  inUnit = 0;
}

} // namespace glowplug::npu::model
