// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The engine of load_a and load_w: random commands, equal in every byte and
// every cycle.

#include "Vload16.h"
#include "Vload32.h"
#include "Vload4.h"
#include "Vload8.h"

#include "tests/rtl/DmaBench.h"

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

/// With a memory that sends each beat in the cycle that the contract says.
template <typename Unit>
class LoadBench : public DmaBench<Unit> {
public:
  using DmaBench<Unit>::DmaBench;

private:
  struct Beat {
    Cycle at;
    bool isLast;
    std::uint64_t address;
    Burst burst;
  };

  void drive() override {
    auto &unit = this->unit;
    this->fillWithNoise(unit.rdata_i);
    unit.rvalid_i = !beats.empty() && beats.front().at == this->now ? 1 : 0;
    unit.rlast_i = static_cast<std::uint8_t>(this->random() % 2);
    if (unit.rvalid_i == 0)
      return;
    const Beat &beat = beats.front();
    unit.rlast_i = beat.isLast ? 1 : 0;
    auto *bytes = reinterpret_cast<std::uint8_t *>(&unit.rdata_i);
    const auto bus = static_cast<std::uint64_t>(this->config.dramBytesPerCycle);
    for (std::uint64_t i = 0; i < bus; ++i) {
      const std::uint64_t past = beat.address + i - beat.burst.address;
      if (past < static_cast<std::uint64_t>(beat.burst.bytes))
        bytes[i] = *this->memory.at(beat.address + i);
    }
    beats.pop_front();
  }

  void granted(const Burst &burst, Cycle done) override {
    const auto bus = static_cast<std::uint64_t>(this->config.dramBytesPerCycle);
    const std::uint64_t last =
        (burst.address + static_cast<std::uint64_t>(burst.bytes) - 1) / bus;
    for (std::uint64_t word = burst.address / bus; word <= last; ++word)
      beats.push_back({done - static_cast<Cycle>(last - word), word == last,
                       word * bus, burst});
  }

  void look() override {}

  std::deque<Beat> beats;
};

template <typename Unit>
void expectContract(const DmaBuild &build) {
  expectContract<LoadBench<Unit>, Unit>(build, Queue::LoadA);
}

TEST(Load, KeepsTheContractAt4) {
  expectContract<Vload4>(
      {.rows = 4, .bus = 1, .outstanding = 2, .copyCycles = 3});
}
TEST(Load, KeepsTheContractAt8) {
  expectContract<Vload8>(
      {.rows = 8, .bus = 4, .outstanding = 5, .copyCycles = 4});
}
TEST(Load, KeepsTheContractAt16) { expectContract<Vload16>({.rows = 16}); }
TEST(Load, KeepsTheContractAt32) {
  expectContract<Vload32>(
      {.rows = 32, .bus = 64, .outstanding = 1, .copyCycles = 3});
}

} // namespace
