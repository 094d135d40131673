// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model of the NPU for a virtual platform: the life of a program, as
// hw/rtl/npu_run.sv leads it. NpuTargetMemory.cpp has its memory.

#include "simulator/model/NpuTarget.h"

#include <fmt/format.h>

namespace glowplug::npu::model {

// Cycles of hw/rtl, from the write of `control`.
static constexpr Cycle toFirstCycle = 12; ///< cycle 0 of the contract
static constexpr Cycle toIdle = 10;       ///< after a stop, or by a reset
/// The last cycle of such a write that finds the machine not running yet.
static constexpr Cycle toRunning = 8;
/// The machine is idle so long after the write if a program has no command.
static constexpr Cycle emptyToIdle = 19;
/// The machine is idle so long after the last command has retired.
static constexpr Cycle settle = 10;
/// The bus is idle so long before the engines are reset.
static constexpr Cycle draining = 8;
static constexpr Cycle resetting = 8;

NpuTarget::NpuTarget(const sc_core::sc_module_name &name, const Config &config)
    : NpuPort(name), config(config), npu("npu", config), memories(config),
      state(config) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(1 << 20); // the reader of programs runs on it
  sc_core::sc_spawn([this] { control(); }, "control", &options);
  machine.config = config;
  npu.beforeEffect = [this](std::int64_t n) { stage(n, false); };
  npu.afterEffect = [this](std::int64_t n) { stage(n, true); };
}

/// Middle of the cycle: what begins with it has happened.
static sc_core::sc_time halfCycle() { return timeOf(1) / 2; }

RegisterAnswer NpuTarget::access(const RegisterAccess &access) {
  // Address and data are taken, then the registers act, then comes the answer.
  sc_core::wait(timeOf(1) + halfCycle());
  RegisterAnswer answer;
  if (access.isWrite) {
    ControlRequest asks;
    answer = state.write(access.address, access.data, access.strobes, asks);
    setInterrupt(cycleNow() + 2, state.interrupt());
    request(asks);
  } else {
    if (isRunning)
      count(cycleNow() - begun);
    answer = state.read(access.address);
  }
  sc_core::wait(timeOf(1) + halfCycle());
  return answer;
}

void NpuTarget::request(const ControlRequest &asks) {
  if (asks.start && !asks.reset)
    state.begin();
  else if (!asks.reset && (!asks.stop || !isRunning))
    return;
  wanted = asks;
  askedAt = cycleNow();
  isOpen = true;
  asked.notify();
}

/// Waits for \p cycle; false if there is a request, which may come first.
bool NpuTarget::waitUntil(Cycle cycle) {
  while (!isOpen && timeOf(cycle) > sc_core::sc_time_stamp())
    sc_core::wait(until(cycle), asked);
  return !isOpen;
}

void NpuTarget::control() {
  while (true) {
    if (!isOpen)
      sc_core::wait(asked);
    isOpen = false;
    if (!wanted.reset) {
      run(askedAt);
      continue;
    }
    isRunning = false;
    npu.stop();
    // The registers are reset before the host can see them again.
    sc_core::wait(until(askedAt + 2));
    state.reset();
    setInterrupt(askedAt + 3, false);
    // Another one may come meanwhile.
    if (waitUntil(askedAt + toIdle))
      state.end(0);
  }
}

/// The machine is idle from \p idle on, and tells of it a cycle later; the
/// next program may have been asked for then.
void NpuTarget::finish(Cycle idle, std::uint32_t statusBit) {
  isRunning = false; // nothing is left to stop
  if (!waitUntil(idle))
    return; // a reset
  state.end(statusBit);
  if (!waitUntil(idle + 1)) // nor does a reset come before that any more
    sc_core::wait(until(idle + 1));
  state.tell(statusBit);
  setInterrupt(idle + 2, state.interrupt());
}

/// Ends a program that does not end well: \p since is when the bus is halted.
void NpuTarget::drain(Cycle since, std::uint32_t statusBit) {
  npu.stop();
  count(since - begun);
  finish(since + draining + resetting, statusBit);
}

/// What stops a program from outside: the request is taken if it is a stop.
bool NpuTarget::takeStop() {
  if (wanted.reset)
    return false;
  isOpen = false;
  return true;
}

/// A program that was started by a write in cycle \p written.
void NpuTarget::run(Cycle written) {
  text.clear();
  if (const int crooked = crookedRegister(state.setup()); crooked >= 0) {
    state.fault = {NPU_FAULT_BASE, 0, static_cast<std::uint32_t>(crooked)};
    text = fmt::format("{} needs a multiple of 64, but got {}",
                       crooked < baseRegisters ? fmt::format("base {}", crooked)
                                               : "program",
                       crooked < baseRegisters ? state.setup().bases[crooked]
                                               : state.setup().program);
    return finish(written + 2, NPU_STATUS_FAULT_MASK);
  }
  begun = written + toFirstCycle;
  isRunning = true;
  forget();
  if (!waitUntil(begun)) {
    if (takeStop())
      askedAt <= written + toRunning
          ? finish(written + toIdle, NPU_STATUS_STOPPED_MASK)
          : drain(askedAt + 2, NPU_STATUS_STOPPED_MASK);
    return;
  }
  if (!prepare())
    return drain(cycleNow() + 1, NPU_STATUS_FAULT_MASK);
  Cycle idle = written + emptyToIdle;
  if (!commands.empty()) {
    npu.start(commands, machine, &memories);
    idle = never;
    sc_core::wait(asked | npu.finished);
    if (!isOpen) {
      if (!npu.result() && state.fault.code == NPU_FAULT_NONE)
        explain();
      if (state.fault.code != NPU_FAULT_NONE)
        return drain(cycleNow() + 1, NPU_STATUS_FAULT_MASK);
      idle = begun + npu.soFar().cycles + settle;
    }
  }
  // Faults of the last commands would show until then.
  if (!waitUntil(idle)) {
    if (takeStop() && askedAt + 2 <= idle)
      return drain(askedAt + 2, NPU_STATUS_STOPPED_MASK);
    if (isOpen)
      return; // a reset
  }
  count(idle - begun);
  finish(idle, NPU_STATUS_DONE_MASK);
}

} // namespace glowplug::npu::model
