// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What lies at the addresses of DRAM.

#pragma once

#include "simulator/cosim/Storage.h"
#include "simulator/device/Memories.h"
#include "simulator/timing/Replay.h"

#include <random>
#include <span>

namespace glowplug::npu::cosim {

/// Where DRAM addresses lead in a run. It refuses nothing: bursts have whole
/// beats, of which some bytes may be nobody's. They are noise.
class AddressMap : public Storage {
public:
  /// \p memories may be null: then there is only the program.
  AddressMap(std::span<const Encoded> program, const Machine &machine,
             Memories *memories)
      : program(program), programBase(machine.programBase),
        bases(machine.bases), memories(memories) {}

  bool read(std::uint64_t address, std::uint8_t *data, int bytes) override {
    for (int i = 0; i < bytes; ++i) {
      const std::uint8_t *byte = at(address + static_cast<std::uint64_t>(i));
      data[i] = byte ? *byte : static_cast<std::uint8_t>(random());
    }
    return true;
  }

  bool write(std::uint64_t address, const std::uint8_t *data,
             std::uint64_t strobes, int bytes) override {
    for (int i = 0; i < bytes; ++i)
      if ((strobes >> i & 1) != 0)
        if (std::uint8_t *byte = at(address + static_cast<std::uint64_t>(i)))
          *byte = data[i];
    return true;
  }

private:
  std::uint8_t *at(std::uint64_t address) const {
    const std::uint64_t inProgram = address - programBase;
    if (inProgram < program.size_bytes())
      return const_cast<std::uint8_t *>(
                 reinterpret_cast<const std::uint8_t *>(program.data())) +
             inProgram;
    if (memories)
      for (int i = 0; i < baseRegisters; ++i)
        if (address - bases[i] < memories->dram[i].size())
          return &memories->dram[i][address - bases[i]];
    return nullptr;
  }

  std::span<const Encoded> program;
  std::uint64_t programBase;
  Bases bases;
  Memories *memories;
  std::mt19937_64 random{1};
};

} // namespace glowplug::npu::cosim
