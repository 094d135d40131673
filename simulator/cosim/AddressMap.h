// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What lies at the addresses of DRAM.

#pragma once

#include "simulator/device/Memories.h"
#include "simulator/timing/Replay.h"

#include <span>

namespace glowplug::npu::cosim {

/// Where DRAM addresses lead in a run.
class AddressMap {
public:
  /// \p memories may be null: then there is only the program.
  AddressMap(std::span<const Encoded> program, const Machine &machine,
             Memories *memories)
      : program(program), programBase(machine.programBase),
        bases(machine.bases), memories(memories) {}

  /// The byte at \p address; null where there is none. The program is not to
  /// be written.
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

private:
  std::span<const Encoded> program;
  std::uint64_t programBase;
  Bases bases;
  Memories *memories;
};

} // namespace glowplug::npu::cosim
