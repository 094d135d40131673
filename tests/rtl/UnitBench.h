// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs commands on one unit of the hardware, beside the functions that the
/// simulator uses for their results and their times.

#pragma once

#include "simulator/device/Execute.h"
#include "simulator/isa/Access.h"
#include "simulator/timing/VectorTiming.h"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace glowplug::npu::test {

/// Whether \p reader may read what \p writer writes, sums apart.
inline bool overlaps(const Command &writer, const Command &reader,
                     const Config &config) {
  for (const Access &write : accessesOf(writer, config))
    for (const Access &read : accessesOf(reader, config))
      if (write.write && !read.write && !read.accumulates &&
          write.space == read.space && write.low() < read.high() &&
          read.low() < write.high())
        return true;
  return false;
}

/// A read port: what it delivers in the next cycle, noise unless it is asked.
template <std::size_t Bytes>
class ReadPort {
public:
  /// Puts onto \p port, a Verilated input, what was read in the cycle before.
  template <typename T>
  void drive(T &port) const {
    static_assert(sizeof port == Bytes);
    std::memcpy(&port, data.data(), Bytes);
  }

  void read(const void *from) { std::memcpy(data.data(), from, Bytes); }

  void idle(std::mt19937_64 &random) {
    for (std::size_t at = 0; at < Bytes; at += 8) {
      const std::uint64_t noise = random();
      std::memcpy(&data[at], &noise, 8);
    }
  }

private:
  std::array<std::uint8_t, (Bytes + 7) / 8 * 8> data{};
};

/// \p Unit is a class of Verilator, \p Timing one of simulator/timing.
template <typename Unit, typename Timing>
class UnitBench {
public:
  UnitBench(const Config &config, std::uint64_t seed)
      : config(config), random(seed), hardware(config), timing(config),
        reference(config) {
    unit->rst_ni = 0;
    unit->cmd_valid_i = 0;
    edge();
    unit->rst_ni = 1;
    edge();
  }
  virtual ~UnitBench() = default;

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
      unit->cmd_valid_i = valid;
      if (valid && offered < 0)
        offered = cycle;
      if (valid) {
        const Encoded code = encodeCommand(commands[next]);
        give(commands[next], code);
      }
      drive();
      unit->clk_i = 0;
      unit->eval();
      if (valid && unit->cmd_ready_o) {
        if (cycle != std::max(offered, frontFree))
          return fail(next, "starts", cycle, std::max(offered, frontFree));
        offered = -1;
        const Span span = contract(commands[next]);
        frontFree = span.frontFree;
        under.push_back(span.end);
        offer = cycle + 1;
        if (random() % 4 == 0)
          offer = frontFree + static_cast<Cycle>(random() % 150);
        ++next;
      }
      if (unit->done_o || (!under.empty() && cycle > under.front())) {
        if (under.empty() || !unit->done_o || cycle != under.front())
          return fail(retired, "ends", cycle,
                      under.empty() ? -1 : under.front());
        under.pop_front();
        execute(commands[retired], reference);
        if (!sameMemories(retired))
          return false;
        ++retired;
      }
      sample();
      edge();
      ++cycle;
    }
    return true;
  }

  Cycle cycle = 0;

protected:
  /// Puts the memories' answers onto the ports.
  virtual void drive() = 0;
  /// Serves the ports at the end of a cycle: reads first, then writes.
  virtual void sample() = 0;
  /// Puts a command onto its port.
  virtual void give(const Command &command, const Encoded &code) {
    static_assert(sizeof unit->cmd_i == 52);
    std::memcpy(&unit->cmd_i, reinterpret_cast<const char *>(&code) + 12, 52);
  }

  /// What the contract says of a command that starts now.
  virtual Span contract(const Command &command) = 0;

  /// Where a port reads or writes \p size items; fails and gives the first
  /// place where that is outside.
  std::int64_t inside(std::int64_t at, std::int64_t size, std::int64_t limit) {
    if (at + size <= limit)
      return at;
    ADD_FAILURE() << "cycle " << cycle << ": access to " << at << " of "
                  << limit;
    return 0;
  }

  const std::unique_ptr<Unit> unit = std::make_unique<Unit>();
  const Config config;
  std::mt19937_64 random;
  Memories hardware;
  Timing timing;

private:
  void edge() {
    unit->clk_i = 0;
    unit->eval();
    unit->clk_i = 1;
    unit->eval();
  }

  bool fail(std::size_t command, const char *what, Cycle got, Cycle expected) {
    ADD_FAILURE() << "command " << command << " " << what << " at " << got
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

  bool sameMemories(std::size_t command) {
    if (hardware.accumulator == reference.accumulator &&
        hardware.scratchpad == reference.scratchpad)
      return true;
    for (std::size_t i = 0; i < hardware.accumulator.size(); ++i)
      if (hardware.accumulator[i] != reference.accumulator[i]) {
        ADD_FAILURE() << "command " << command << ": row "
                      << i / config.arrayRows << " of the accumulator, column "
                      << i % config.arrayRows << ", is "
                      << hardware.accumulator[i] << ", but must be "
                      << reference.accumulator[i];
        return false;
      }
    for (std::size_t i = 0; i < hardware.scratchpad.size(); ++i)
      if (hardware.scratchpad[i] != reference.scratchpad[i]) {
        ADD_FAILURE() << "command " << command << ": byte " << i
                      << " of the scratchpad is " << int(hardware.scratchpad[i])
                      << ", but must be " << int(reference.scratchpad[i]);
        return false;
      }
    return true;
  }

  Memories reference;
  Cycle frontFree = 0;
  std::deque<Cycle> under; ///< ends of the commands under way
};

} // namespace glowplug::npu::test
