// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A master of AXI4-Lite with delays of its own, for testbenches.

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>

namespace glowplug::npu::test {

struct AxiAnswer {
  std::uint32_t data = 0;
  int response = 0; ///< 0 is OKAY, 2 is SLVERR
  friend bool operator==(const AxiAnswer &, const AxiAnswer &) = default;
};

/// One transfer of each direction at a time. Valids and readies come when they
/// like; what is offered stays until it is taken.
template <typename Unit>
class AxiLite {
public:
  AxiLite(Unit &unit, std::mt19937_64 &random) : unit(unit), random(random) {}

  void beginWrite(std::uint32_t address, std::uint32_t data, int strobe) {
    addressLeft = dataLeft = true;
    answered.reset();
    unit.awaddr_i = static_cast<std::uint16_t>(address);
    unit.wdata_i = data;
    unit.wstrb_i = static_cast<std::uint8_t>(strobe);
  }
  void beginRead(std::uint32_t address) {
    readLeft = true;
    got.reset();
    unit.araddr_i = static_cast<std::uint16_t>(address);
  }
  /// What a transfer was answered with, once it was.
  std::optional<AxiAnswer> written() const { return answered; }
  std::optional<AxiAnswer> read() const { return got; }

  /// Before the edge of each cycle, with the clock low.
  void drive() {
    if (addressLeft && !unit.awvalid_i)
      unit.awvalid_i = random() % 3 == 0;
    if (dataLeft && !unit.wvalid_i)
      unit.wvalid_i = random() % 3 == 0;
    if (readLeft && !unit.arvalid_i)
      unit.arvalid_i = random() % 3 == 0;
    unit.bready_i = random() % 3 == 0;
    unit.rready_i = random() % 3 == 0;
  }

  /// What the edge will take.
  void sample() {
    if (heldWrite) {
      ASSERT_TRUE(unit.bvalid_o) << "an answer was withdrawn";
      ASSERT_EQ(unit.bresp_o, heldWrite->response);
    }
    if (heldRead) {
      ASSERT_TRUE(unit.rvalid_o) << "an answer was withdrawn";
      ASSERT_EQ((AxiAnswer{unit.rdata_o, unit.rresp_o}), *heldRead);
    }
    taken[0] = unit.awvalid_i && unit.awready_o;
    taken[1] = unit.wvalid_i && unit.wready_o;
    taken[2] = unit.arvalid_i && unit.arready_o;
    heldWrite.reset();
    heldRead.reset();
    if (unit.bvalid_o) {
      ASSERT_FALSE(addressLeft || dataLeft || answered) << "an early answer";
      (unit.bready_i ? answered : heldWrite) = AxiAnswer{0, unit.bresp_o};
    }
    if (unit.rvalid_o) {
      ASSERT_FALSE(readLeft || got) << "an early answer";
      (unit.rready_i ? got : heldRead) = AxiAnswer{unit.rdata_o, unit.rresp_o};
    }
  }

  /// After the edge.
  void advance() {
    if (taken[0]) {
      addressLeft = unit.awvalid_i = false;
      unit.awaddr_i = noise();
    }
    if (taken[1]) {
      dataLeft = unit.wvalid_i = false;
      unit.wdata_i = static_cast<std::uint32_t>(random());
      unit.wstrb_i = random() % 16;
    }
    if (taken[2]) {
      readLeft = unit.arvalid_i = false;
      unit.araddr_i = noise();
    }
  }

private:
  /// An address that nobody may depend on.
  std::uint16_t noise() { return static_cast<std::uint16_t>(random() % 4096); }

  Unit &unit;
  std::mt19937_64 &random;
  bool addressLeft = false, dataLeft = false, readLeft = false;
  bool taken[3] = {};
  std::optional<AxiAnswer> answered, got, heldWrite, heldRead;
};

} // namespace glowplug::npu::test
