// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scratchpad and accumulator of the hardware: random traffic on all ports. Each
// byte that is read is compared with a plain array of bytes, and each fault
// with the rules for it.

#include "Vaccumulator16x8.h"
#include "Vaccumulator32x1.h"
#include "Vaccumulator4x3.h"
#include "Vscratchpad16x1.h"
#include "Vscratchpad16x3.h"
#include "Vscratchpad16x8.h"
#include "Vscratchpad32x1.h"
#include "Vscratchpad32x3.h"
#include "Vscratchpad32x8.h"
#include "Vscratchpad4x1.h"
#include "Vscratchpad4x3.h"
#include "Vscratchpad4x8.h"

#include "tests/rtl/MemoryPorts.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <optional>
#include <random>

using namespace glowplug::npu::test;

namespace {

/// What the hardware says of a fault.
struct MemoryFault {
  bool outside, write;
  std::int64_t bank;
  int first, second;
  friend bool operator==(const MemoryFault &, const MemoryFault &) = default;
};

std::ostream &operator<<(std::ostream &out, const MemoryFault &fault) {
  return out << (fault.outside ? "outside, " : "conflict, ")
             << (fault.write ? "write, " : "read, ") << "bank " << fault.bank
             << ", ports " << fault.first << " and " << fault.second;
}

template <typename Memory>
class Bench {
public:
  Bench() : bytes(static_cast<std::size_t>(memory.banks * memory.bankBytes)) {
    for (const auto *ports : {&memory.readers, &memory.writers})
      wanted.emplace_back(ports->size(), -1);
    reset();
    fill();
  }

  /// Cycles in which no bank is needed twice.
  void lawful(int cycles) {
    for (; cycles > 0 && !::testing::Test::HasFailure(); --cycles) {
      for (int write = 0; write < 2; ++write) {
        std::uint64_t taken = 0;
        std::vector<std::size_t> order(ports(write).size());
        std::iota(order.begin(), order.end(), 0);
        std::shuffle(order.begin(), order.end(), random);
        for (const std::size_t port : order) {
          std::int64_t &at = wanted[write][port];
          at = randomPlace(write, port, false);
          const std::uint64_t bank = std::uint64_t(1) << at / memory.bankBytes;
          if (random() % 4 == 0 || (taken & bank) != 0)
            at = -1;
          else
            taken |= bank;
        }
      }
      cycle();
    }
  }

  /// Cycles in which anything goes, until a fault and some time after it.
  void unlawful() {
    const auto dense = 1 + random() % 6;
    for (int more = 20; more > 0 && !::testing::Test::HasFailure();
         more -= expected.has_value()) {
      for (int write = 0; write < 2; ++write)
        for (std::size_t port = 0; port < ports(write).size(); ++port)
          wanted[write][port] =
              random() % 24 < dense ? randomPlace(write, port, true) : -1;
      cycle();
    }
    if (expected)
      ++seen[expected->outside][expected->write];
    reset();
    fill();
  }

  int seen[2][2] = {};

private:
  std::vector<MemoryPort> &ports(int write) {
    return write != 0 ? memory.writers : memory.readers;
  }

  std::int64_t randomPlace(int write, std::size_t port, bool anywhere) {
    const std::int64_t size = ports(write)[port].bytes;
    std::int64_t all = this->size();
    if (anywhere && random() % 32 == 0) // the next bank, or further away
      all = random() % 2 == 0 ? all + memory.bankBytes
                              : memory.addresses * memory.addressUnit;
    return static_cast<std::int64_t>(random() %
                                     static_cast<std::uint64_t>(all)) /
           size * size;
  }

  std::uint64_t addressOf(const MemoryPort &port, std::int64_t at) {
    if (at < 0)
      return random() % static_cast<std::uint64_t>(memory.addresses);
    const auto within =
        port.isLine ? static_cast<std::int64_t>(random()) & (port.bytes - 1)
                    : 0;
    return static_cast<std::uint64_t>(at / memory.addressUnit + within);
  }

  void noise(void *data, std::int64_t size) {
    for (std::int64_t i = 0; i < size; ++i)
      static_cast<std::uint8_t *>(data)[i] =
          static_cast<std::uint8_t>(random());
  }

  /// The fault of the accesses that are wanted now.
  std::optional<MemoryFault> faultOf() {
    const auto place = [&](int write, bool outside,
                           std::int64_t bank) -> std::optional<MemoryFault> {
      std::optional<MemoryFault> fault;
      for (std::size_t p = 0; p < ports(write).size(); ++p) {
        const std::int64_t at = wanted[write][p];
        if (at < 0 || (outside ? at < size() : at / memory.bankBytes != bank))
          continue;
        const int name = ports(write)[p].name;
        if (outside)
          return MemoryFault{true, write != 0, at / memory.bankBytes, name,
                             name};
        if (fault) {
          fault->second = name;
          return fault;
        }
        fault = MemoryFault{false, write != 0, bank, name, 0};
      }
      return std::nullopt;
    };
    for (int write = 0; write < 2; ++write)
      if (const auto fault = place(write, true, 0))
        return fault;
    std::optional<MemoryFault> first;
    for (int write = 0; write < 2; ++write)
      for (std::int64_t bank = 0; bank < memory.banks; ++bank)
        if (const auto fault = place(write, false, bank); fault && !first)
          first = fault;
    return first;
  }

  std::int64_t size() const { return static_cast<std::int64_t>(bytes.size()); }

  bool needsABankTwice() const {
    for (int write = 0; write < 2; ++write) {
      std::uint64_t taken = 0;
      for (const std::int64_t at : wanted[write])
        if (at >= 0 && at < size()) {
          const std::uint64_t bit = std::uint64_t(1) << at / memory.bankBytes;
          if ((taken & bit) != 0)
            return true;
          taken |= bit;
        }
    }
    return false;
  }

  /// One cycle: sees what the last one led to, then does what is wanted.
  void cycle() {
    auto &unit = *memory.unit;
    ++now;
    unit.clk_i = 0;
    drive();
    unit.eval();
    ASSERT_EQ(unit.conflict_o != 0, conflict) << "cycle " << now;
    const bool contentsLost = expected.has_value();
    const bool due = expected && now >= faultAt + 3;
    ASSERT_EQ(unit.fault_o != 0, due) << "cycle " << now;
    if (due) {
      const MemoryFault got{unit.fault_outside_o != 0, unit.fault_write_o != 0,
                            unit.fault_bank_o, unit.fault_first_o,
                            unit.fault_second_o};
      ASSERT_EQ(got, *expected) << "cycle " << now;
    }
    for (std::size_t p = 0; p < pending.size(); ++p)
      if (!pending[p].empty() && !contentsLost) {
        ASSERT_EQ(std::memcmp(memory.readers[p].data, pending[p].data(),
                              pending[p].size()),
                  0)
            << "cycle " << now << ", port " << memory.readers[p].name;
      }
    if (!expected && (expected = faultOf()))
      faultAt = now;
    conflict = needsABankTwice();
    pending.assign(memory.readers.size(), {});
    for (std::size_t p = 0; p < pending.size(); ++p)
      if (const std::int64_t at = wanted[0][p]; at >= 0 && at < size())
        pending[p].assign(&bytes[at], &bytes[at] + memory.readers[p].bytes);
    for (std::size_t p = 0; p < memory.writers.size(); ++p) {
      const std::int64_t at = wanted[1][p];
      if (at < 0 || at >= size())
        continue;
      for (std::int64_t i = 0; i < memory.writers[p].bytes; ++i)
        if (!memory.writers[p].setMask || (masks[p] >> i & 1) != 0)
          bytes[at + i] =
              static_cast<const std::uint8_t *>(memory.writers[p].data)[i];
    }
    unit.clk_i = 1;
    unit.eval();
  }

  void drive() {
    masks.resize(memory.writers.size());
    for (int write = 0; write < 2; ++write)
      for (std::size_t p = 0; p < ports(write).size(); ++p) {
        MemoryPort &port = ports(write)[p];
        *port.enable = wanted[write][p] >= 0;
        port.setAddress(addressOf(port, wanted[write][p]));
        if (write == 0)
          continue;
        noise(port.data, port.bytes);
        masks[p] = filling || random() % 3 == 0 ? ~std::uint64_t(0) : random();
        if (port.setMask)
          port.setMask(masks[p]);
      }
  }

  void reset() {
    auto &unit = *memory.unit;
    for (auto &places : wanted)
      std::fill(places.begin(), places.end(), -1);
    drive();
    unit.rst_ni = 0;
    unit.clk_i = 0;
    unit.eval();
    unit.clk_i = 1;
    unit.eval();
    unit.rst_ni = 1;
    expected.reset();
    conflict = false;
    pending.assign(memory.readers.size(), {});
  }

  /// Writes every byte: nothing is known of them before.
  void fill() {
    const std::size_t last = memory.writers.size() - 1;
    filling = true;
    for (std::int64_t at = 0; at < size(); at += memory.writers[last].bytes) {
      wanted[1][last] = at;
      cycle();
    }
    wanted[1][last] = -1;
    filling = false;
  }

  Memory memory;
  std::mt19937_64 random{1};
  std::vector<std::uint8_t> bytes;
  /// Where each port reads, and writes; -1: it does not.
  std::vector<std::vector<std::int64_t>> wanted;
  std::vector<std::uint64_t> masks;
  std::vector<std::vector<std::uint8_t>> pending; ///< what is read
  std::optional<MemoryFault> expected;
  std::int64_t now = 0, faultAt = 0;
  bool conflict = false, filling = false;
};

template <typename Memory>
class Memories : public ::testing::Test {};

using Sizes = ::testing::Types<ScratchpadUnit<Vscratchpad4x1, 4, 1>,
                               ScratchpadUnit<Vscratchpad4x3, 4, 3>,
                               ScratchpadUnit<Vscratchpad4x8, 4, 8>,
                               ScratchpadUnit<Vscratchpad16x1, 16, 1>,
                               ScratchpadUnit<Vscratchpad16x3, 16, 3>,
                               ScratchpadUnit<Vscratchpad16x8, 16, 8>,
                               ScratchpadUnit<Vscratchpad32x1, 32, 1>,
                               ScratchpadUnit<Vscratchpad32x3, 32, 3>,
                               ScratchpadUnit<Vscratchpad32x8, 32, 8>,
                               AccumulatorUnit<Vaccumulator4x3, 4, 3>,
                               AccumulatorUnit<Vaccumulator16x8, 16, 8>,
                               AccumulatorUnit<Vaccumulator32x1, 32, 1>>;
TYPED_TEST_SUITE(Memories, Sizes);

TYPED_TEST(Memories, HoldWhatWasWrittenAndReportWhatIsUnlawful) {
  Bench<TypeParam> bench;
  for (int round = 0; round < 200 && !this->HasFailure(); ++round) {
    bench.lawful(1'000);
    bench.unlawful();
  }
  for (const auto &ofKind : bench.seen)
    for (const int faults : ofKind)
      EXPECT_GE(faults, 2);
}

} // namespace
