// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The engine of store of hw/rtl/npu_store.sv.

#include "simulator/cosim/DmaUnit.h"

#include "simulator/cosim/dmastore_sizes.inc"

namespace glowplug::npu::cosim {

namespace {

template <typename Unit, int R>
class StoreUnit : public DmaUnit<Unit, R> {
  using Base = DmaUnit<Unit, R>;

public:
  std::optional<Fault> begin(const Machine &machine,
                             Memories *memories) override {
    answers.clear();
    this->unit->wready_i = 1;
    this->unit->bvalid_i = 0;
    return Base::begin(machine, memories);
  }

private:
  Direction direction() const override { return Direction::Write; }

  /// Beats follow their grant, or the beats before, without gaps.
  void granted(std::uint64_t address, int count, Cycle done) override {
    for (int i = 0; i < count; ++i)
      this->beats.push_back({this->now() + 1 + i, i == count - 1,
                             address + static_cast<unsigned>(i * Base::bus)});
    answers.push_back(done);
  }

  void drive() override {
    Base::drive();
    this->unit->bvalid_i = !answers.empty() && answers.front() == this->now();
  }

  void sample() override {
    Base::sample();
    auto &unit = *this->unit;
    if (unit.bvalid_i)
      answers.pop_front();
    auto &beats = this->beats;
    const bool isDue = !beats.empty() && beats.front().at == this->now();
    if (unit.wvalid_o != isDue)
      return this->fail(isDue ? "does not write a beat of a granted burst"
                              : "writes a beat of no granted burst");
    if (!isDue)
      return;
    const auto beat = beats.front();
    beats.pop_front();
    if (unit.wlast_o != beat.isLast)
      return this->fail("calls another beat the last of a burst");
    this->map->write(beat.address,
                     reinterpret_cast<const std::uint8_t *>(&unit.wdata_o),
                     unit.wstrb_o, Base::bus);
  }

  std::deque<Cycle> answers; ///< cycles in which bursts are answered
};

} // namespace

Result<std::unique_ptr<model::HardwareUnit>> makeStore(const Config &config) {
  return makeBuilt<StoreUnit>("store", config, Built());
}

} // namespace glowplug::npu::cosim
