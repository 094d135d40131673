// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the memories in a chip hold.

#pragma once

#include "simulator/device/Memories.h"

#include <verilated.h>
#include <verilated_syms.h>

#include <fmt/format.h>

#include <cstring>
#include <span>
#include <vector>

namespace glowplug::npu::cosim {

/// Finds the banks of a chip by the names that they have in hw/rtl.
class ChipState {
public:
  explicit ChipState(VerilatedContext &context)
      : scratchpad(banksOf(context, "u_scratchpad")),
        accumulator(banksOf(context, "u_accumulator")) {}

  /// Puts the scratchpad and the accumulator of \p memories into the chip.
  void put(const Memories &memories) const {
    move(scratchpad, memories.scratchpad.data(),
         [](std::uint8_t *bank, const void *at, std::size_t size) {
           std::memcpy(bank, at, size);
         });
    move(accumulator, memories.accumulator.data(),
         [](std::uint8_t *bank, const void *at, std::size_t size) {
           std::memcpy(bank, at, size);
         });
  }

  /// The other way round.
  void get(Memories &memories) const {
    const auto get = [](std::uint8_t *bank, void *at, std::size_t size) {
      std::memcpy(at, bank, size);
    };
    move(scratchpad, memories.scratchpad.data(), get);
    move(accumulator, memories.accumulator.data(), get);
  }

private:
  using Banks = std::vector<std::span<std::uint8_t>>;

  /// Rows of a bank follow one another without gaps, as words of 32 bits.
  static Banks banksOf(VerilatedContext &context, const char *memory) {
    Banks banks;
    while (true) {
      const std::string name = fmt::format(
          "TOP.npu.{}.u_banks.g_bank[{}].u_bank", memory, banks.size());
      const VerilatedScope *scope = context.scopeFind(name.c_str());
      if (!scope)
        return banks;
      const VerilatedVar *words = scope->varFind("words_q");
      const auto bytes = static_cast<std::size_t>(words->packed().elements()) /
                         8 *
                         static_cast<std::size_t>(words->unpacked().elements());
      banks.emplace_back(static_cast<std::uint8_t *>(words->datap()), bytes);
    }
  }

  template <typename T, typename Move>
  static void move(const Banks &banks, T *all, Move moveBank) {
    auto *at = reinterpret_cast<std::conditional_t<
        std::is_const_v<T>, const std::uint8_t, std::uint8_t> *>(all);
    for (const auto bank : banks) {
      moveBank(bank.data(), at, bank.size());
      at += bank.size();
    }
  }

  Banks scratchpad, accumulator;
};

} // namespace glowplug::npu::cosim
