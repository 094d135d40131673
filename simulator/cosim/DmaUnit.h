// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the two DMA engines of hw/rtl share: commands, scratchpad, requests.

#pragma once

#include "simulator/cosim/AddressMap.h"
#include "simulator/cosim/VerilatedUnit.h"

#include <deque>

namespace glowplug::npu::cosim {

template <typename Unit, int R>
class DmaUnit : public VerilatedUnit<Unit, R>, public model::BusPort {
public:
  std::optional<Fault> begin(const Machine &machine,
                             Memories *memories) override {
    const auto isFixed = [](std::string_view name) {
      return name.starts_with("dma.") || name == "queue.open" ||
             name == "dram.bytesPerCycle";
    };
    if (auto fault = checkSizes("dma", machine.config, isFixed))
      return fault;
    std::memcpy(&this->unit->bases_i, machine.bases.data(),
                sizeof machine.bases);
    map.emplace(std::span<const Encoded>(), machine, memories);
    beats.clear();
    return VerilatedUnit<Unit, R>::begin(machine, memories);
  }

  bool takes(const Command &command) const override {
    return std::holds_alternative<Load>(command) ||
           std::holds_alternative<Store>(command) ||
           std::holds_alternative<Copy>(command) ||
           std::holds_alternative<Fill>(command) ||
           std::holds_alternative<FillWords>(command);
  }

  model::BusPort *busPort() override { return this; }

  std::optional<BusRequest> request() override {
    const auto &unit = *this->unit;
    if (unit.req_o == 0)
      return std::nullopt;
    const std::int64_t bytes = (unit.req_len_o + 1) * bus;
    return BusRequest{unit.req_addr_o,
                      bytes - static_cast<std::int64_t>(unit.req_addr_o % bus),
                      direction()};
  }

  void grant(Cycle latency) override {
    granted(this->unit->req_addr_o / bus * bus, this->unit->req_len_o + 1,
            this->now() + latency);
    this->unit->grant_i = 1;
    this->unit->eval();
  }

protected:
  static constexpr int bus = Config{}.dramBytesPerCycle;
  static constexpr int line = R > 16 ? R : 16;

  /// A beat that passes in cycle `at`.
  struct Beat {
    Cycle at;
    bool isLast;
    std::uint64_t address; ///< of its first byte
  };

  virtual Direction direction() const = 0;
  /// The bus takes \p count beats from \p address on, a multiple of a beat;
  /// their data have passed at \p done.
  virtual void granted(std::uint64_t address, int count, Cycle done) = 0;

  void give(const Encoded &code) override {
    VerilatedUnit<Unit, R>::give(code);
    this->unit->cmd_opcode_i = static_cast<std::uint8_t>(getBits(code, 0, 8));
  }

  void drive() override {
    this->unit->grant_i = 0;
    scratchpad.drive(this->unit->s_data_i);
  }

  void sample() override {
    auto &unit = *this->unit;
    scratchpad.read(this->bytes(unit.s_read_o, unit.s_read_addr_o, line),
                    this->random);
    std::uint8_t *const target =
        this->bytes(unit.s_write_o, unit.s_write_addr_o, line);
    const auto *const data =
        reinterpret_cast<const std::uint8_t *>(&unit.s_write_data_o);
    for (int i = 0; target && i < line; ++i)
      if ((unit.s_write_mask_o >> i & 1) != 0)
        target[i] = data[i];
  }

  std::optional<AddressMap> map;
  std::deque<Beat> beats;

private:
  ReadPort<line> scratchpad;
};

} // namespace glowplug::npu::cosim
