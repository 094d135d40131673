// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What all units that Verilator made share.

#pragma once

#include "simulator/cosim/Units.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <verilated.h>

#include <cstring>
#include <memory>
#include <random>
#include <string_view>

namespace glowplug::npu::cosim {

/// A fault, of \p unit, if \p config has another size than hw/spec/npu.json,
/// for which hardware is built, among those whose names \p isFixed takes.
template <typename IsFixed>
std::optional<Fault> checkSizes(std::string_view unit, const Config &config,
                                IsFixed isFixed) {
  const Config built;
  for (const Parameter &parameter : parameters)
    if (isFixed(parameter.name) &&
        config.*parameter.member != built.*parameter.member)
      return Fault{fmt::format("{}: the hardware was built with {} = {}, but "
                               "the configuration has {}",
                               unit, parameter.name, built.*parameter.member,
                               config.*parameter.member)};
  return std::nullopt;
}

/// A class of Verilator, and the rows that it was built for.
template <typename Verilated, int R>
struct Size {};
template <typename... Size>
struct Sizes {};

/// The \p Unit for the rows of \p config, or a fault that names \p unit.
template <template <typename, int> class Unit, typename... Verilated, int... R>
Result<std::unique_ptr<model::HardwareUnit>>
makeBuilt(std::string_view unit, const Config &config,
          Sizes<Size<Verilated, R>...>) {
  std::unique_ptr<model::HardwareUnit> made;
  const auto tryOne = [&]<typename One, int rows>(Size<One, rows>) {
    if (config.arrayRows == rows)
      made = std::make_unique<Unit<One, rows>>();
  };
  (tryOne(Size<Verilated, R>()), ...);
  if (!made)
    return Fault{fmt::format("{}: the hardware was built for {} rows, but the "
                             "configuration has {}",
                             unit, fmt::join(builtRows, ", "),
                             config.arrayRows)};
  return made;
}

/// A port that reads \p Bytes: what it delivers in the next cycle.
template <std::size_t Bytes>
class ReadPort {
public:
  /// Puts onto \p port, a Verilated input, what was read in the cycle before.
  template <typename T>
  void drive(T &port) const {
    static_assert(sizeof port == Bytes);
    std::memcpy(&port, data.data(), Bytes);
  }

  /// Reads from \p from; null: noise, as nobody may depend on it.
  void read(const void *from, std::mt19937_64 &random) {
    if (from) {
      std::memcpy(data.data(), from, Bytes);
      return;
    }
    for (std::size_t at = 0; at < Bytes; at += 8) {
      const std::uint64_t noise = random();
      std::memcpy(&data[at], &noise, 8);
    }
  }

private:
  std::array<std::uint8_t, (Bytes + 7) / 8 * 8> data{};
};

/// \p Unit is a class of Verilator for arrays of \p R rows, with clock, reset,
/// command port and `done_o` as in hw/rtl.
template <typename Unit, int R>
class VerilatedUnit : public model::HardwareUnit {
public:
  /// Scopes are taken out of the context of the thread, whoever made them.
  ~VerilatedUnit() override { Verilated::threadContextp(context.get()); }

  std::optional<Fault> begin(const Machine &machine,
                             Memories *newMemories) override {
    if (machine.config.arrayRows != R)
      return Fault{fmt::format("the hardware was built for {} rows, but the "
                               "configuration has {}",
                               R, machine.config.arrayRows)};
    memories = newMemories;
    random.seed(1);
    cycle = 0;
    problem.reset();
    unit->rst_ni = 0;
    unit->cmd_valid_i = 0;
    clock();
    unit->rst_ni = 1;
    clock();
    return std::nullopt;
  }

  Signals look(const Command *command) override {
    unit->cmd_valid_i = command != nullptr;
    if (command)
      give(encodeCommand(*command));
    drive();
    unit->clk_i = 0;
    unit->eval();
    return {unit->cmd_ready_o != 0, unit->done_o != 0};
  }

  void edge() override {
    sample();
    unit->clk_i = 1;
    unit->eval();
    ++cycle;
  }

  std::optional<Fault> fault() const override { return problem; }

protected:
  /// Puts a command onto its port: without the header.
  virtual void give(const Encoded &code) {
    static_assert(sizeof unit->cmd_i == 52);
    std::memcpy(&unit->cmd_i, reinterpret_cast<const char *>(&code) + 12, 52);
  }
  /// Puts the memories' answers onto the ports.
  virtual void drive() = 0;
  /// Serves the ports at the end of a cycle: reads first, then writes.
  virtual void sample() = 0;

  /// Bytes of the scratchpad from \p at on, if \p wanted; null if nothing is
  /// there.
  std::uint8_t *bytes(bool wanted, std::int64_t at, std::int64_t size) {
    return wanted && memories ? place(memories->scratchpad, at, size) : nullptr;
  }

  /// The sums of row \p row of the accumulator, likewise.
  std::int32_t *sums(bool wanted, std::int64_t row) {
    return wanted && memories ? place(memories->accumulator, row * R, R)
                              : nullptr;
  }

  /// Cycles since begin().
  std::int64_t now() const { return cycle; }

  /// The hardware did \p what, which nothing may do.
  void fail(std::string_view what) {
    if (!problem)
      problem = Fault{
          fmt::format("the hardware {} in cycle {} of its own", what, cycle)};
  }

  static void write(void *target, const void *source, std::size_t size) {
    if (target)
      std::memcpy(target, source, size);
  }

  const std::unique_ptr<VerilatedContext> context =
      std::make_unique<VerilatedContext>();
  const std::unique_ptr<Unit> unit = std::make_unique<Unit>(context.get());
  std::mt19937_64 random;

private:
  void clock() {
    unit->clk_i = 0;
    unit->eval();
    unit->clk_i = 1;
    unit->eval();
  }

  template <typename T>
  T *place(std::vector<T> &memory, std::int64_t at, std::int64_t size) {
    if (at + size <= static_cast<std::int64_t>(memory.size()))
      return &memory[static_cast<std::size_t>(at)];
    fail(fmt::format("accesses {} of {}", at, memory.size()));
    return nullptr;
  }

  Memories *memories = nullptr;
  std::int64_t cycle = 0;
  std::optional<Fault> problem;
};

} // namespace glowplug::npu::cosim
