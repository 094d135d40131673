// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The engine of store: random commands, equal in every byte and every cycle.

#include "Vstore16.h"
#include "Vstore32.h"
#include "Vstore4.h"
#include "Vstore8.h"

#include "tests/rtl/DmaBench.h"

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

/// With a memory that takes each beat at once. Beats follow their grant without
/// gaps; answers come in the cycle that the contract says.
template <typename Unit>
class StoreBench : public DmaBench<Unit> {
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
    this->unit.wready_i = 1;
    this->unit.bvalid_i = 0;
    if (!answers.empty() && answers.front() == this->now) {
      this->unit.bvalid_i = 1;
      answers.pop_front();
    }
  }

  void granted(const Burst &burst, Cycle done) override {
    const auto bus = static_cast<std::uint64_t>(this->config.dramBytesPerCycle);
    const std::uint64_t first = burst.address / bus;
    const std::uint64_t last =
        (burst.address + static_cast<std::uint64_t>(burst.bytes) - 1) / bus;
    for (std::uint64_t word = first; word <= last; ++word)
      beats.push_back({this->now + 1 + static_cast<Cycle>(word - first),
                       word == last, word * bus, burst});
    answers.push_back(done);
  }

  void look() override {
    const auto &unit = this->unit;
    const bool isSent = !beats.empty() && beats.front().at == this->now;
    ASSERT_EQ(unit.wvalid_o, isSent ? 1 : 0) << "cycle " << this->now;
    if (!isSent)
      return;
    const Beat beat = beats.front();
    beats.pop_front();
    ASSERT_EQ(unit.wlast_o, beat.isLast ? 1 : 0) << "cycle " << this->now;
    const auto *bytes = reinterpret_cast<const std::uint8_t *>(&unit.wdata_o);
    for (int i = 0; i < this->config.dramBytesPerCycle; ++i) {
      const std::uint64_t address = beat.address + static_cast<unsigned>(i);
      const bool isOfBurst = address - beat.burst.address <
                             static_cast<std::uint64_t>(beat.burst.bytes);
      ASSERT_EQ(unit.wstrb_o >> i & 1, isOfBurst ? 1 : 0)
          << "byte " << i << " of a beat, cycle " << this->now;
      if (isOfBurst)
        *this->memory.at(address) = bytes[i];
    }
  }

  std::deque<Beat> beats;
  std::deque<Cycle> answers;
};

template <typename Unit>
void expectContract(const DmaBuild &build) {
  expectContract<StoreBench<Unit>, Unit>(build, Queue::Store);
}

TEST(Store, KeepsTheContractAt4) {
  expectContract<Vstore4>({.rows = 4,
                           .bus = 1,
                           .outstanding = 2,
                           .storeBursts = 2,
                           .copyCycles = 3});
}
TEST(Store, KeepsTheContractAt8) {
  expectContract<Vstore8>({.rows = 8,
                           .bus = 4,
                           .outstanding = 5,
                           .storeBursts = 3,
                           .copyCycles = 4});
}
TEST(Store, KeepsTheContractAt16) { expectContract<Vstore16>({.rows = 16}); }
TEST(Store, KeepsTheContractAt32) {
  expectContract<Vstore32>({.rows = 32,
                            .bus = 64,
                            .outstanding = 1,
                            .storeBursts = 1,
                            .copyCycles = 7});
}

} // namespace
