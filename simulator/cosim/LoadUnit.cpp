// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The engine of load_a and load_w of hw/rtl/npu_load.sv.

#include "simulator/cosim/DmaUnit.h"

#include "simulator/cosim/dmaload_sizes.inc"

namespace glowplug::npu::cosim {

namespace {

template <typename Unit, int R>
class LoadUnit : public DmaUnit<Unit, R> {
  using Base = DmaUnit<Unit, R>;

  Direction direction() const override { return Direction::Read; }

  void granted(std::uint64_t address, int count, Cycle done) override {
    for (int i = 0; i < count; ++i)
      this->beats.push_back({done - (count - 1 - i), i == count - 1,
                             address + static_cast<unsigned>(i * Base::bus)});
  }

  void drive() override {
    Base::drive();
    auto &unit = *this->unit;
    const auto &beats = this->beats;
    unit.rvalid_i = !beats.empty() && beats.front().at == this->now();
    if (!unit.rvalid_i)
      return;
    unit.rlast_i = beats.front().isLast;
    this->map->read(beats.front().address,
                    reinterpret_cast<std::uint8_t *>(&unit.rdata_i), Base::bus);
  }

  void sample() override {
    Base::sample();
    if (this->unit->rvalid_i)
      this->beats.pop_front();
  }
};

} // namespace

Result<std::unique_ptr<model::HardwareUnit>> makeLoad(const Config &config) {
  return makeBuilt<LoadUnit>("load", config, Built());
}

} // namespace glowplug::npu::cosim
