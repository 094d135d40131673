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
  if (std::holds_alternative<Sync>(command)) {
    const Span span = spanOfSync(now + 1);
    if (run.execute)
      run.execute(number);
    if (open.empty())
      return span;
    // It retires after those before it.
    open.push_back({number, span.end, false});
    commands.freeFront(span.frontFree);
    return std::nullopt;
  }
  std::optional<Span> span;
  if (model) {
    span = model->issue(number, command, now);
    expected = std::max(expected, span->end);
    if (now < modelUntil || !unit.takes(command)) {
      drain(now);
      if (run.execute)
        run.execute(number);
      modelUntil = span->end;
      return span;
    }
  } else {
    expected = std::max(expected, now) + localCycles(command, run.config);
  }
  if (run.before)
    run.before(number);
  if (!unit.look(&command).ready) {
    fail(fmt::format("command {}: the hardware does not take it in cycle {}",
                     number, now));
    return spanOfSync(now + 1);
  }
  ++run.inHardware;
  open.push_back({number, 0, true});
  ++inUnit;
  isFrontTaken = true;
  bus.request();
  return std::nullopt;
}

void HardwareEngine::step(Cycle now) {
  if (now < stepped)
    return; // it ran ahead
  stepped = now + 1;
  unit.edge();
  if (ended >= 0 && run.after)
    run.after(ended);
  ended = -1;
  const Cycle next = now + 1;
  const auto signals = unit.look(nullptr);
  if (auto fault = unit.fault())
    return fail(std::move(fault->message));
  if (isFrontTaken && signals.ready) {
    isFrontTaken = false;
    commands.freeFront(next + 1);
  }
  if (signals.done && inUnit != 0) {
    const std::int64_t number = open.front().number;
    open.pop_front();
    --inUnit;
    // A DMA engine writes its last line in the cycle of its end; the results of
    // the others stand by then, and the next command may go on.
    if (unit.busPort())
      ended = number;
    else if (run.after)
      run.after(number);
    commands.finish(next);
    flush();
  } else if (signals.done) {
    return fail(fmt::format(
        "the hardware ends a command in cycle {}, but has none", next));
  }
  if (inUnit != 0 && next > expected + patience)
    fail(fmt::format("command {}: the hardware has not ended it in cycle {}, "
                     "{} cycles after the contract",
                     open.front().number, next, next - expected));
}

/// Retires the first commands until it meets one that the unit has.
void HardwareEngine::flush() {
  while (!open.empty() && !open.front().inUnit) {
    commands.finish(open.front().end);
    open.pop_front();
  }
}

/// Runs the unit until it has ended all its commands, ahead of the kernel's
/// time. No other queue may touch what these still read and write.
void HardwareEngine::drain(Cycle now) {
  for (Cycle cycle = std::max(now, stepped); isBusy() && !run.fault; ++cycle)
    step(cycle);
}

void HardwareEngine::fail(std::string text) {
  if (!run.fault)
    run.fault = Fault{std::move(text)};
  inUnit = 0;
  ended = -1;
}

} // namespace glowplug::npu::model
