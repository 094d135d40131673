// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs commands on one unit of the hardware, beside the functions that the
/// simulator uses for their results and their times.

#pragma once

#include "simulator/device/Execute.h"
#include "simulator/isa/Access.h"
#include "simulator/isa/Assembly.h"
#include "simulator/model/HardwareUnit.h"
#include "simulator/timing/ArrayTiming.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace glowplug::npu::test {

/// The seed of a test: \p usual, or the number in GLOWPLUG_RTL_SEED, for more
/// commands than those of every day.
inline std::uint64_t seedOf(std::uint64_t usual) {
  const char *given = std::getenv("GLOWPLUG_RTL_SEED");
  return given ? usual + std::strtoull(given, nullptr, 0) : usual;
}

/// \p unit as hardware, beside \p contract, the times, and simulator/device.
class UnitBench {
public:
  using Contract = std::function<Span(const Command &, Cycle start)>;

  UnitBench(const Config &config, model::HardwareUnit &unit, Contract contract,
            std::uint64_t seed)
      : config(config), random(seed), unit(unit), contract(std::move(contract)),
        hardware(config), reference(config) {
    EXPECT_FALSE(unit.begin({config}, &hardware));
  }

  /// New contents for all memories, changed by \p change; only between runs.
  template <typename F>
  void fillMemories(F change) {
    for (auto &byte : hardware.scratchpad)
      byte = static_cast<std::uint8_t>(random());
    for (auto &word : hardware.accumulator)
      word = static_cast<std::int32_t>(random());
    change(hardware);
    reference.scratchpad = hardware.scratchpad;
    reference.accumulator = hardware.accumulator;
  }

  /// Runs commands until the last has retired. Returns whether all agreed; it
  /// stops at the first that does not.
  bool run(const std::vector<Command> &commands) {
    std::size_t next = 0, retired = 0;
    Cycle offer = cycle, offered = -1;
    while (retired < commands.size()) {
      const bool valid = next < commands.size() && cycle >= offer &&
                         !readsFrom(commands, next, retired);
      if (valid && offered < 0)
        offered = cycle;
      const auto signals = unit.look(valid ? &commands[next] : nullptr);
      if (const auto fault = unit.fault()) {
        ADD_FAILURE() << "cycle " << cycle << ": " << fault->message;
        return false;
      }
      const Cycle issue = std::max(offered, frontFree - 1);
      if (valid && (signals.ready || cycle == issue)) {
        if (!signals.ready)
          return fail(commands, next, "has not issued", cycle, issue);
        if (cycle != issue)
          return fail(commands, next, "issues", cycle, issue);
        offered = -1;
        const Span span = contract(commands[next], cycle + 1);
        frontFree = span.frontFree;
        under.push_back(span.end);
        offer = cycle + 1;
        if (random() % 4 == 0)
          offer = frontFree + static_cast<Cycle>(random() % 150);
        ++next;
      }
      if (signals.done || (!under.empty() && cycle > under.front())) {
        if (under.empty() || !signals.done || cycle != under.front())
          return fail(commands, retired, "ends", cycle,
                      under.empty() ? -1 : under.front());
        under.pop_front();
        execute(commands[retired], reference);
        if (!sameMemories()) {
          ADD_FAILURE() << "after " << nameOf(commands, retired);
          return false;
        }
        ++retired;
      }
      unit.edge();
      ++cycle;
    }
    return true;
  }

  Cycle cycle = 0;

private:
  /// A command for people; UnitBench.h's seed and its number find it again.
  static std::string nameOf(const std::vector<Command> &commands,
                            std::size_t number) {
    if (number >= commands.size())
      return "command " + std::to_string(number) + ", which there is not";
    return "command " + std::to_string(number) + ", " +
           disassemble(encodeCommand(commands[number])) + ",";
  }

  bool fail(const std::vector<Command> &commands, std::size_t number,
            const char *what, Cycle got, Cycle expected) {
    ADD_FAILURE() << nameOf(commands, number) << " " << what << " at " << got
                  << ", but the contract says " << expected;
    return false;
  }

  /// Whether a command reads what one under way may still have to write. A
  /// program would say `drain`.
  bool readsFrom(const std::vector<Command> &commands, std::size_t next,
                 std::size_t retired) const {
    for (std::size_t earlier = retired; earlier < next; ++earlier)
      if (overlaps(commands[earlier], commands[next], config))
        return true;
    return false;
  }

  bool sameMemories() {
    if (hardware.accumulator == reference.accumulator &&
        hardware.scratchpad == reference.scratchpad)
      return true;
    for (std::size_t i = 0; i < hardware.accumulator.size(); ++i)
      if (hardware.accumulator[i] != reference.accumulator[i]) {
        ADD_FAILURE() << "row " << i / config.arrayRows
                      << " of the accumulator, column " << i % config.arrayRows
                      << ", is " << hardware.accumulator[i] << ", but must be "
                      << reference.accumulator[i];
        return false;
      }
    for (std::size_t i = 0; i < hardware.scratchpad.size(); ++i)
      if (hardware.scratchpad[i] != reference.scratchpad[i]) {
        ADD_FAILURE() << "byte " << i << " of the scratchpad is "
                      << int(hardware.scratchpad[i]) << ", but must be "
                      << int(reference.scratchpad[i]);
        return false;
      }
    return true;
  }

  const Config config;
  std::mt19937_64 random;
  model::HardwareUnit &unit;
  Contract contract;
  Memories hardware, reference;
  Cycle frontFree = 0;
  std::deque<Cycle> under; ///< ends of the commands under way
};

} // namespace glowplug::npu::test
