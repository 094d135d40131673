// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The memory behind a whole chip's AXI4 master: in the times of the contract,
/// or as slow and disorderly as AXI allows.

#pragma once

#include "simulator/cosim/Chip.h"
#include "simulator/cosim/Storage.h"
#include "simulator/timing/Dram.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <deque>
#include <optional>
#include <random>

namespace glowplug::npu::cosim {

/// Serves the ports `m_...` of \p Unit, a class of Verilator. In each cycle,
/// drive() comes first, then look() when the outputs follow from the inputs.
template <typename Unit>
class ChipMemory {
public:
  ChipMemory(Unit &unit, const Config &config, const SlowMemory &slowness,
             Storage &storage)
      : unit(unit), slowness(slowness), storage(storage), dram(config),
        bus(config.dramBytesPerCycle), random(slowness.seed) {}

  /// The inputs of cycle \p now.
  void drive(Cycle now) {
    unit.m_arready_i = goes() ? 1 : 0;
    unit.m_awready_i = goes() ? 1 : 0;
    unit.m_wready_i = goes() ? 1 : 0;
    driveRead(now);
    unit.m_bvalid_i = !answers.empty() && answers.front().at <= now && goes();
    unit.m_bid_i = storeId;
    unit.m_bresp_i = unit.m_bvalid_i ? answers.front().response : okay;
    if (unit.m_bvalid_i)
      answers.pop_front();
  }

  /// The outputs of cycle \p now, which its edge takes.
  void look(Cycle now) {
    if (unit.m_arvalid_o && unit.m_arready_i)
      reads[unit.m_arid_o].push_back(
          begin(now, unit.m_araddr_o, unit.m_arlen_o, Direction::Read));
    if (unit.m_awvalid_o && unit.m_awready_i)
      writes.push_back(
          begin(now, unit.m_awaddr_o, unit.m_awlen_o, Direction::Write));
    if (unit.m_wvalid_o && unit.m_wready_i)
      takeBeat(now);
  }

  /// What the chip did that no master may do.
  const std::optional<Fault> &fault() const { return problem; }

private:
  static constexpr int storeId = 2;
  static constexpr std::uint8_t okay = 0, slaveError = 2;

  /// A burst: the address of its next beat, how many are left, and the cycle of
  /// the next one, or of the answer to a write.
  struct Burst {
    std::uint64_t address;
    int beats;
    Cycle at;
    std::uint8_t response = okay; ///< to a write
  };

  bool isTimed() const { return !slowness.isAny(); }
  bool goes() { return isTimed() || random() % 100 >= slowness.stallPercent; }

  Burst begin(Cycle now, std::uint64_t address, int len, Direction direction) {
    const int beats = len + 1;
    if (!isTimed())
      return {address, beats,
              now + 1 +
                  static_cast<Cycle>(random() % (slowness.mostLatency + 1))};
    const Cycle done = dram.serve(address, beats, now, direction);
    return {address, beats,
            direction == Direction::Read ? done - (beats - 1) : done};
  }

  void driveRead(Cycle now) {
    unit.m_rvalid_i = 0;
    unit.m_rresp_i = 0;
    std::array<int, 4> ready{};
    std::size_t count = 0;
    for (int id = 0; id < 4; ++id)
      if (!reads[id].empty() && reads[id].front().at <= now)
        ready[count++] = id;
    if (count == 0 || !goes())
      return;
    const int id = ready[count == 1 ? 0 : random() % count];
    Burst &burst = reads[id].front();
    unit.m_rvalid_i = 1;
    unit.m_rid_i = static_cast<std::uint8_t>(id);
    unit.m_rlast_i = burst.beats == 1 ? 1 : 0;
    auto *data = reinterpret_cast<std::uint8_t *>(&unit.m_rdata_i);
    if (!storage.read(burst.address, data, bus))
      unit.m_rresp_i = slaveError;
    burst.address += static_cast<std::uint64_t>(bus);
    ++burst.at;
    if (--burst.beats == 0)
      reads[id].pop_front();
  }

  void takeBeat(Cycle now) {
    if (writes.empty())
      return fail("a beat of no burst is written", now);
    Burst &burst = writes.front();
    const auto *data = reinterpret_cast<const std::uint8_t *>(&unit.m_wdata_o);
    if (!storage.write(burst.address, data, unit.m_wstrb_o, bus))
      burst.response = slaveError;
    burst.address += static_cast<std::uint64_t>(bus);
    if (unit.m_wlast_o != (--burst.beats == 0 ? 1 : 0))
      return fail("the last beat of a burst is another", now);
    if (burst.beats != 0)
      return;
    burst.at = std::max(burst.at, now + 1);
    answers.push_back(burst);
    writes.pop_front();
  }

  void fail(const char *what, Cycle now) {
    if (!problem)
      problem = Fault{fmt::format("the chip in cycle {}: {}", now, what)};
  }

  Unit &unit;
  const SlowMemory slowness;
  Storage &storage;
  Dram dram;
  const int bus;
  std::mt19937_64 random;
  std::array<std::deque<Burst>, 4> reads;
  std::deque<Burst> writes;
  std::deque<Burst> answers; ///< writes that have all their beats
  std::optional<Fault> problem;
};

} // namespace glowplug::npu::cosim
