// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A memory behind the hardware's AXI4 master: in the times of the contract, or
/// as slow and disorderly as AXI allows.

#pragma once

#include "simulator/timing/Dram.h"
#include "tests/rtl/Noise.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <vector>

namespace glowplug::npu::test {

/// How a slave answers.
struct SlaveKind {
  bool isTimed = true;   ///< as the contract says, always ready
  int stallPercent = 0;  ///< of cycles in which it is not ready, or silent
  Cycle mostLatency = 1; ///< a random latency up to this, for each burst
  bool fails = false;    ///< one of the answers is an error
};

/// The slave of \p Unit. Answers to different IDs may change their order, and
/// reads of different IDs may be interleaved, unless it is timed.
template <typename Unit>
class AxiSlave {
public:
  /// The byte at an address of a requester; null where it has none.
  using Bytes = std::function<std::uint8_t *(int id, std::uint64_t address)>;

  AxiSlave(Unit &unit, const Config &config, SlaveKind kind, Bytes bytes,
           std::uint64_t seed)
      : unit(unit), kind(kind), bytes(std::move(bytes)), dram(config),
        bus(static_cast<std::uint64_t>(config.dramBytesPerCycle)),
        random(seed) {}

  /// The inputs of cycle \p now.
  void drive(Cycle now) {
    unit.arready_i = goes() ? 1 : 0;
    unit.awready_i = goes() ? 1 : 0;
    unit.wready_i = goes() ? 1 : 0;
    driveRead(now);
    driveAnswer(now);
  }

  /// The outputs of cycle \p now.
  void look(Cycle now) {
    const Request ar{unit.arvalid_o != 0, unit.arid_o, unit.araddr_o,
                     unit.arlen_o};
    const Request aw{unit.awvalid_o != 0, unit.awid_o, unit.awaddr_o,
                     unit.awlen_o};
    ASSERT_FALSE(ar.valid && aw.valid) << "cycle " << now;
    ASSERT_EQ(unit.rready_o, 1);
    ASSERT_EQ(unit.bready_o, 1);
    lookAtRequest(now, ar, unit.arready_i != 0, waitingRead);
    lookAtRequest(now, aw, unit.awready_i != 0, waitingWrite);
    if (::testing::Test::HasFatalFailure())
      return;
    if (ar.valid && unit.arready_i != 0)
      take(now, ar, Direction::Read);
    lookAtBeat(now);
    if (aw.valid && unit.awready_i != 0)
      take(now, aw, Direction::Write);
  }

  bool hasFailed() const { return failed; }
  /// Who got the answer that was an error.
  int failedRequester() const { return failedId; }

private:
  struct Request {
    bool valid;
    int id;
    std::uint64_t address;
    int len;
    friend bool operator==(const Request &, const Request &) = default;
  };
  /// A burst under way: the address of its next beat, how many are left, and
  /// the cycle of its next answer, or the first one possible.
  struct Under {
    int id;
    std::uint64_t address;
    int beats;
    Cycle at;
  };

  bool goes() {
    return kind.isTimed ||
           static_cast<int>(random() % 100) >= kind.stallPercent;
  }

  /// A request that was not taken stays as it is.
  void lookAtRequest(Cycle now, const Request &request, bool isReady,
                     std::optional<Request> &waiting) {
    if (waiting) {
      ASSERT_TRUE(request == *waiting) << "cycle " << now;
    }
    waiting.reset();
    if (!request.valid)
      return;
    if (!isReady)
      waiting = request;
    const std::uint64_t size =
        (static_cast<std::uint64_t>(request.len) + 1) * bus;
    ASSERT_EQ(request.address % bus, 0) << "cycle " << now;
    ASSERT_LE(request.address % burstBytes + size, burstBytes)
        << "cycle " << now;
    ASSERT_EQ(1U << unit.arsize_o, bus);
    ASSERT_EQ(1U << unit.awsize_o, bus);
    ASSERT_EQ(unit.arburst_o, 1);
    ASSERT_EQ(unit.awburst_o, 1);
  }

  void take(Cycle now, const Request &request, Direction direction) {
    const int beats = request.len + 1;
    Under under{request.id, request.address, beats, 0};
    if (kind.isTimed)
      under.at = dram.serve(request.address, beats, now, direction);
    else
      under.at = now + 1 +
                 static_cast<Cycle>(
                     random() % static_cast<std::uint64_t>(kind.mostLatency));
    if (direction == Direction::Write) {
      ASSERT_EQ(request.id, 2) << "cycle " << now;
      writes.push_back(under);
      return;
    }
    ASSERT_NE(request.id, 2) << "cycle " << now;
    if (kind.isTimed)
      under.at -= beats - 1;
    reads[request.id].push_back(under);
  }

  void driveRead(Cycle now) {
    fillRandomly(random, &unit.rdata_i, sizeof unit.rdata_i);
    unit.rvalid_i = 0;
    unit.rid_i = static_cast<std::uint8_t>(random() % 4);
    unit.rlast_i = static_cast<std::uint8_t>(random() % 2);
    unit.rresp_i = static_cast<std::uint8_t>(random() % 4);
    std::vector<int> ids;
    for (int id = 0; id < 4; ++id)
      if (!reads[id].empty() && reads[id].front().at <= now)
        ids.push_back(id);
    if (ids.empty() || !goes())
      return;
    const int id = ids[random() % ids.size()];
    Under &read = reads[id].front();
    ASSERT_FALSE(kind.isTimed && (ids.size() != 1 || read.at != now))
        << "cycle " << now;
    unit.rvalid_i = 1;
    unit.rid_i = static_cast<std::uint8_t>(id);
    unit.rresp_i = response(id);
    unit.rlast_i = read.beats == 1 ? 1 : 0;
    auto *data = reinterpret_cast<std::uint8_t *>(&unit.rdata_i);
    for (std::uint64_t i = 0; i < bus; ++i)
      if (const std::uint8_t *byte = bytes(id, read.address + i))
        data[i] = *byte;
    read.address += bus;
    ++read.at;
    if (--read.beats == 0)
      reads[id].pop_front();
  }

  void driveAnswer(Cycle now) {
    unit.bvalid_i = 0;
    unit.bid_i = 2;
    unit.bresp_i = static_cast<std::uint8_t>(random() % 4);
    if (answers.empty() || answers.front() > now || !goes())
      return;
    unit.bvalid_i = 1;
    unit.bresp_i = response(2);
    answers.pop_front();
  }

  /// One of the answers is an error, some time: to requester \p id.
  std::uint8_t response(int id) {
    if (!kind.fails || failed || random() % 50 != 0)
      return 0;
    failed = true;
    failedId = id;
    return static_cast<std::uint8_t>(1 + random() % 3);
  }

  /// A beat of the oldest burst whose beats have not all come.
  void lookAtBeat(Cycle now) {
    std::vector<std::uint8_t> beat(bus);
    std::memcpy(beat.data(), &unit.wdata_o, bus);
    const bool isValid = unit.wvalid_o != 0;
    const std::uint64_t strobes = unit.wstrb_o;
    if (stalled) {
      ASSERT_TRUE(isValid && beat == stalledBeat) << "cycle " << now;
    }
    stalled = isValid && unit.wready_i == 0;
    stalledBeat = beat;
    // Without gaps.
    if (kind.isTimed) {
      ASSERT_EQ(isValid, !writes.empty()) << "cycle " << now;
    }
    if (!isValid || stalled)
      return;
    ASSERT_FALSE(writes.empty()) << "cycle " << now;
    Under &write = writes.front();
    for (std::uint64_t i = 0; i < bus; ++i)
      if ((strobes >> i & 1) != 0) {
        std::uint8_t *byte = bytes(write.id, write.address + i);
        ASSERT_TRUE(byte) << "cycle " << now;
        *byte = beat[i];
      }
    write.address += bus;
    ASSERT_EQ(unit.wlast_o, --write.beats == 0 ? 1 : 0) << "cycle " << now;
    if (write.beats != 0)
      return;
    if (kind.isTimed) {
      ASSERT_LT(now, write.at) << "an answer before the last beat";
    }
    answers.push_back(kind.isTimed ? write.at : std::max(write.at, now + 1));
    writes.pop_front();
  }

  Unit &unit;
  const SlaveKind kind;
  Bytes bytes;
  Dram dram;
  const std::uint64_t bus;
  std::mt19937_64 random;
  std::optional<Request> waitingRead, waitingWrite;
  std::array<std::deque<Under>, 4> reads;
  std::deque<Under> writes;
  std::deque<Cycle> answers;
  bool stalled = false, failed = false;
  int failedId = -1;
  std::vector<std::uint8_t> stalledBeat;
};

} // namespace glowplug::npu::test
