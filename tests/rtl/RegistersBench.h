// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The control and status registers in a testbench: their bus, and something in
/// the place of the NPU.

#pragma once

#include "hw/spec/Isa.h"
#include "hw/spec/npu_registers.h"
#include "tests/rtl/AxiLite.h"

#include <verilated.h>

#include <array>
#include <functional>
#include <memory>

namespace glowplug::npu::test {

inline constexpr int all = 15; ///< strobes of a whole word

/// \p Unit, a class of Verilator, and its bus.
template <typename Unit>
class RegistersBench {
public:
  RegistersBench() : bus(unit, random) {
    unit.rst_ni = 0;
    tick();
    unit.rst_ni = 1;
    tick();
  }

  /// One cycle; onCycle sees its outputs and sets inputs.
  void tick() {
    unit.clk_i = 0;
    bus.drive();
    unit.eval();
    if (onCycle)
      onCycle();
    unit.eval();
    bus.sample();
    unit.clk_i = 1;
    unit.eval();
    bus.advance();
    ++now;
  }

  int write(std::uint32_t address, std::uint32_t data, int strobe = all) {
    bus.beginWrite(address, data, strobe);
    for (int i = 0; i < 1000 && !bus.written(); ++i)
      tick();
    EXPECT_TRUE(bus.written()) << "no answer";
    return bus.written().value_or(AxiAnswer{0, -1}).response;
  }
  AxiAnswer read(std::uint32_t address) {
    bus.beginRead(address);
    for (int i = 0; i < 1000 && !bus.read(); ++i)
      tick();
    EXPECT_TRUE(bus.read()) << "no answer";
    return bus.read().value_or(AxiAnswer{0, -1});
  }
  std::uint32_t get(std::uint32_t address) {
    const AxiAnswer answer = read(address);
    EXPECT_EQ(answer.response, 0) << "at " << address;
    return answer.data;
  }
  std::uint64_t get64(std::uint32_t address) {
    const std::uint64_t low = get(address);
    return std::uint64_t(get(address + 4)) << 32 | low;
  }

  /// Waits until the machine is idle.
  void waitForEnd() {
    for (int i = 0; i < 2000; ++i)
      if ((get(NPU_STATUS) & NPU_STATUS_BUSY_MASK) == 0)
        return;
    ADD_FAILURE() << "it stays busy";
  }

  std::mt19937_64 random{1};
  std::function<void()> onCycle;
  std::int64_t now = 0;
  const std::unique_ptr<VerilatedContext> context =
      std::make_unique<VerilatedContext>();
  const std::unique_ptr<Unit> made = std::make_unique<Unit>(context.get());
  Unit &unit = *made;
  AxiLite<Unit> bus;
};

/// What stands in the place of the NPU: commands that retire at random, and
/// faults when a test wants them.
template <typename Unit>
class Engines {
public:
  explicit Engines(RegistersBench<Unit> &bench) : bench(bench) {
    bench.onCycle = [this] { cycle(); };
  }

  std::int64_t commands = 0;    ///< of the next program
  std::int64_t left = 0;        ///< that have not retired
  std::int64_t busyFor = 0;     ///< the bus has bursts under way, once halted
  bool mayAbort = false;        ///< resets need not wait for the bus
  std::function<void()> during; ///< called in each cycle of a program
  /// What happened since the last program began.
  std::array<std::uint64_t, queueCount> retired{};
  std::uint64_t read = 0, written = 0, conflicts = 0, lastRetirement = 0;
  std::int64_t begun = 0, begins = 0;
  std::int64_t resets = 0; ///< since the registers' own

private:
  void cycle() {
    Unit &unit = bench.unit;
    unit.retire_i = 0;
    unit.beat_read_i = unit.beat_written_i = 0;
    unit.spad_conflict_i = unit.acc_conflict_i = unit.bus_error_i = 0;
    // A burst from before the halt may still be granted.
    if (unit.halt_o && unit.engines_rst_no && busyFor > 0 && --busyFor > 0)
      unit.bus_idle_i = busyFor % 5 != 0 && bench.random() % 2 == 0;
    else
      unit.bus_idle_i = busyFor == 0;
    if (!unit.engines_rst_no) {
      if (running && !mayAbort) {
        ASSERT_EQ(busyFor, 0) << "it does not wait for the bus";
      }
      ++resetFor;
      running = false;
      unit.command_fault_i = unit.overflow_i = 0;
      unit.spad_fault_i = unit.acc_fault_i = 0;
    } else if (resetFor != 0) {
      if (resets++ != 0) { // not the registers' own
        ASSERT_GE(resetFor, 8);
      }
      resetFor = 0;
    }
    if (unit.begin_o) {
      ASSERT_TRUE(unit.engines_rst_no && !running);
      begun = bench.now + 1;
      left = commands;
      ++begins;
      retired = {};
      read = written = conflicts = lastRetirement = 0;
      running = true;
    } else if (running) {
      act();
    }
  }

  void act() {
    Unit &unit = bench.unit;
    if (left > 0) {
      read += unit.beat_read_i = bench.random() % 2;
      written += unit.beat_written_i = bench.random() % 2;
      conflicts += unit.spad_conflict_i = bench.random() % 2;
      conflicts += unit.acc_conflict_i = bench.random() % 2;
    }
    for (int q = 0; q < queueCount; ++q)
      if (left > 0 && bench.random() % 4 == 0) {
        unit.retire_i |= static_cast<std::uint8_t>(1 << q);
        --left;
        ++retired[q];
        lastRetirement = static_cast<std::uint64_t>(bench.now - begun);
      }
    if (during)
      during();
  }

  RegistersBench<Unit> &bench;
  std::int64_t resetFor = 0;
  bool running = false;
};

} // namespace glowplug::npu::test
