// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The ports of scratchpad and accumulator, as their testbench drives them.

#pragma once

#include "hw/spec/npu_registers.h"

#include <verilated.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace glowplug::npu::test {

/// A port to read or to write.
struct MemoryPort {
  npu_port name;
  CData *enable;
  std::function<void(std::uint64_t)> setAddress;
  void *data;
  std::int64_t bytes; ///< that it moves, at a multiple of as many
  bool isLine;        ///< it takes any address within them
  std::function<void(std::uint64_t)> setMask = {}; ///< empty: there is none
};

template <typename T>
std::function<void(std::uint64_t)> setter(T &signal) {
  return [&signal](std::uint64_t value) { signal = static_cast<T>(value); };
}

/// What is common to both: \p Unit, a class of Verilator, and its ports.
template <typename Unit>
struct MemoryUnit {
  std::unique_ptr<VerilatedContext> context =
      std::make_unique<VerilatedContext>();
  std::unique_ptr<Unit> unit = std::make_unique<Unit>(context.get());
  std::vector<MemoryPort> readers, writers; ///< as the hardware orders them
  std::int64_t banks = 0, bankBytes = 0;
  std::int64_t addressUnit = 1; ///< bytes that an address counts
  std::int64_t addresses = 0;   ///< how many there are, lawful or not
};

template <typename Unit, int R, int Banks>
struct ScratchpadUnit : MemoryUnit<Unit> {
  ScratchpadUnit() {
    Unit &u = *this->unit;
    this->banks = Banks;
    this->bankBytes = 1024;
    this->addresses = 1 << 24;
    const auto row = [](npu_port name, CData &enable, auto &address,
                        auto &data) {
      return MemoryPort{name, &enable, setter(address), &data, R, false};
    };
    const auto line = [](npu_port name, CData &enable, auto &address,
                         auto &data) {
      return MemoryPort{name,  &enable,         setter(address),
                        &data, std::max(R, 16), true};
    };
    const auto masked = [&](npu_port name, CData &enable, auto &address,
                            auto &data, auto &mask) {
      MemoryPort port = line(name, enable, address, data);
      port.setMask = setter(mask);
      return port;
    };
    this->readers = {
        row(NPU_PORT_ARRAY_X, u.x_read_i, u.x_addr_i, u.x_data_o),
        row(NPU_PORT_ARRAY_W, u.w_read_i, u.w_addr_i, u.w_data_o),
        row(NPU_PORT_VECTOR_A, u.a_read_i, u.a_addr_i, u.a_data_o),
        row(NPU_PORT_VECTOR_B, u.b_read_i, u.b_addr_i, u.b_data_o),
        line(NPU_PORT_VECTOR_P, u.p_read_i, u.p_addr_i, u.p_data_o),
        line(NPU_PORT_LOAD_A, u.load_a_read_i, u.load_a_read_addr_i,
             u.load_a_data_o),
        line(NPU_PORT_LOAD_W, u.load_w_read_i, u.load_w_read_addr_i,
             u.load_w_data_o),
        line(NPU_PORT_STORE, u.store_read_i, u.store_read_addr_i,
             u.store_data_o)};
    this->writers = {
        row(NPU_PORT_VECTOR_Y, u.y_write_i, u.y_addr_i, u.y_data_i),
        masked(NPU_PORT_LOAD_A, u.load_a_write_i, u.load_a_write_addr_i,
               u.load_a_write_data_i, u.load_a_write_mask_i),
        masked(NPU_PORT_LOAD_W, u.load_w_write_i, u.load_w_write_addr_i,
               u.load_w_write_data_i, u.load_w_write_mask_i),
        masked(NPU_PORT_STORE, u.store_write_i, u.store_write_addr_i,
               u.store_write_data_i, u.store_write_mask_i)};
  }
};

template <typename Unit, int R, int Banks>
struct AccumulatorUnit : MemoryUnit<Unit> {
  AccumulatorUnit() {
    Unit &u = *this->unit;
    this->banks = Banks;
    this->addressUnit = 4 * R;
    this->bankBytes = 16 * this->addressUnit;
    this->addresses = 1 << 16;
    const auto sums = [](npu_port name, CData &enable, auto &address,
                         auto &data) {
      return MemoryPort{name, &enable, setter(address), &data, 4 * R, false};
    };
    this->readers = {sums(NPU_PORT_ARRAY_SUMS, u.array_read_i,
                          u.array_read_addr_i, u.array_data_o),
                     sums(NPU_PORT_VECTOR_SUMS, u.vector_read_i,
                          u.vector_read_addr_i, u.vector_data_o)};
    this->writers = {sums(NPU_PORT_ARRAY_SUMS, u.array_write_i,
                          u.array_write_addr_i, u.array_data_i),
                     sums(NPU_PORT_VECTOR_SUMS, u.vector_write_i,
                          u.vector_write_addr_i, u.vector_data_i)};
  }
};

} // namespace glowplug::npu::test
