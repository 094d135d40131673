// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The register map of docs/reference/npu-registers.md, without time.

#pragma once

#include "hw/spec/npu_registers.h"
#include "simulator/isa/Config.h"
#include "simulator/timing/Banks.h"

#include <array>
#include <cstdint>

namespace glowplug::npu::model {

/// How the bus answers a read or write of 32 bits.
struct RegisterAnswer {
  std::uint32_t data = 0; ///< of a read that is no error
  bool isError = false;
  friend bool operator==(const RegisterAnswer &,
                         const RegisterAnswer &) = default;
};

/// What a write of `control` asks for.
struct ControlRequest {
  bool start = false, stop = false, reset = false;
};

/// What the registers `fault`, `fault_place` and `fault_number` say.
struct FaultRegisters {
  std::uint32_t code = NPU_FAULT_NONE, place = 0, number = 0;
};

/// What the counters, from `cycles` on, say.
struct Counters {
  std::uint64_t cycles = 0;
  std::array<std::uint64_t, queueCount> retired{};
  std::uint64_t beatsRead = 0, beatsWritten = 0, bankConflicts = 0;
};

/// What a program was given.
struct Setup {
  std::array<std::uint64_t, baseRegisters> bases{};
  std::uint64_t program = 0;
  std::uint32_t commands = 0;
};

/// The registers as a host sees them. Who owns them does what `control` asks
/// for, and tells them what the machine does.
class Registers {
public:
  explicit Registers(const Config &config) : hash(configHash(config)) {}

  /// \p address counts bytes; the lowest two bits do not matter.
  RegisterAnswer read(std::uint32_t address);
  /// Bit i of \p strobes chooses byte i of \p data. What the machine has to do,
  /// besides, goes to \p request. An error changes nothing.
  RegisterAnswer write(std::uint32_t address, std::uint32_t data, int strobes,
                       ControlRequest &request);

  /// Whether the interrupt line is to be raised.
  bool interrupt() const { return (enabled & pending) != 0; }

  /// A program was started that is not yet known to be wrong.
  void begin();
  /// The machine is idle; \p statusBit says how the program ended: one of
  /// NPU_STATUS_*_MASK, or 0 after a reset.
  void end(std::uint32_t statusBit);
  /// The event of that, one cycle later.
  void tell(std::uint32_t statusBit);
  /// As after power-on, but busy.
  void reset();

  bool isBusy() const { return (status & NPU_STATUS_BUSY_MASK) != 0; }
  const Setup &setup() const { return values; }

  FaultRegisters fault;
  Counters counters;

private:
  std::uint64_t counter(std::uint32_t number) const;

  const std::uint64_t hash;
  Setup values;
  std::uint32_t status = 0, enabled = 0, pending = 0;
  std::uint32_t highWord = 0; ///< of the counter whose low word was read last
};

/// The number of the first of bases, then program, that is no multiple of 64;
/// -1 if all are.
int crookedRegister(const Setup &setup);

/// What the registers say of a conflict. Where a command could have used
/// several ports, it is one that its bank allows.
FaultRegisters faultOf(const BankConflict &conflict, const Command &first,
                       const Command &second, const Config &config);

} // namespace glowplug::npu::model
