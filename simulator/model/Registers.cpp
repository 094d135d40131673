// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The register map, without time.

#include "simulator/model/Registers.h"

namespace glowplug::npu::model {

static constexpr std::uint32_t counterCount =
    (NPU_BANK_CONFLICTS - NPU_CYCLES) / 8 + 1;
static constexpr std::uint32_t eventMask =
    NPU_INTERRUPT_ENABLE_DONE_MASK | NPU_INTERRUPT_ENABLE_FAULT_MASK;
static constexpr RegisterAnswer error{0, true};

/// The word of a register of 64 bits.
static std::uint32_t wordOf(std::uint64_t value, std::uint32_t address) {
  return static_cast<std::uint32_t>((address & 4) != 0 ? value >> 32 : value);
}

static void setWord(std::uint64_t &value, std::uint32_t address,
                    std::uint32_t data, std::uint32_t mask) {
  const int shift = (address & 4) != 0 ? 32 : 0;
  value = (value & ~(std::uint64_t(mask) << shift)) | std::uint64_t(data & mask)
                                                          << shift;
}

static bool isBase(std::uint32_t address) {
  return address >= NPU_BASE(0) && address < NPU_BASE(NPU_BASE_COUNT);
}

static bool isProgram(std::uint32_t address) {
  return (address & ~4u) == NPU_PROGRAM;
}

std::uint64_t Registers::counter(std::uint32_t number) const {
  if (number == 0)
    return counters.cycles;
  if (number <= queueCount)
    return counters.retired[number - 1];
  const std::array<std::uint64_t, 3> rest{
      counters.beatsRead, counters.beatsWritten, counters.bankConflicts};
  return rest[number - queueCount - 1];
}

RegisterAnswer Registers::read(std::uint32_t address) {
  address &= ~3u;
  if (isBase(address))
    return {wordOf(values.bases[(address - NPU_BASE(0)) / 8], address)};
  if (isProgram(address))
    return {wordOf(values.program, address)};
  if (address >= NPU_CYCLES && (address - NPU_CYCLES) / 8 < counterCount) {
    // The words of a counter belong together.
    if ((address & 4) != 0)
      return {highWord};
    const std::uint64_t value = counter((address - NPU_CYCLES) / 8);
    highWord = wordOf(value, 4);
    return {wordOf(value, 0)};
  }
  switch (address) {
  case NPU_ID:
    return {NPU_ID_VALUE};
  case NPU_VERSION:
    return {NPU_VERSION_MAJOR_VALUE << NPU_VERSION_MAJOR_SHIFT |
            NPU_VERSION_MINOR_VALUE << NPU_VERSION_MINOR_SHIFT};
  case NPU_CONFIG_HASH:
  case NPU_CONFIG_HASH + 4:
    return {wordOf(hash, address)};
  case NPU_CONTROL:
    return {0};
  case NPU_STATUS:
    return {status};
  case NPU_FAULT:
    return {fault.code << NPU_FAULT_CODE_SHIFT};
  case NPU_FAULT_PLACE:
    return {fault.place};
  case NPU_FAULT_NUMBER:
    return {fault.number};
  case NPU_INTERRUPT_ENABLE:
    return {enabled};
  case NPU_INTERRUPT_PENDING:
    return {pending};
  case NPU_COMMANDS:
    return {values.commands};
  default:
    return error;
  }
}

RegisterAnswer Registers::write(std::uint32_t address, std::uint32_t data,
                                int strobes, ControlRequest &request) {
  address &= ~3u;
  std::uint32_t mask = 0;
  for (int byte = 0; byte < 4; ++byte)
    if ((strobes >> byte & 1) != 0)
      mask |= 0xffu << 8 * byte;
  const auto merge = [&](std::uint32_t old) {
    return (old & ~mask) | (data & mask);
  };
  const std::uint32_t written = data & mask;
  const bool isSetup =
      isBase(address) || isProgram(address) || address == NPU_COMMANDS;
  if (isSetup && isBusy())
    return error;
  if (isBase(address)) {
    setWord(values.bases[(address - NPU_BASE(0)) / 8], address, data, mask);
  } else if (isProgram(address)) {
    setWord(values.program, address, data, mask);
  } else if (address == NPU_COMMANDS) {
    values.commands = merge(values.commands);
  } else if (address == NPU_INTERRUPT_ENABLE) {
    enabled = merge(enabled) & eventMask;
  } else if (address == NPU_INTERRUPT_PENDING) {
    pending &= ~written;
  } else if (address == NPU_CONTROL) {
    const bool start = (written & NPU_CONTROL_START_MASK) != 0;
    if (start && isBusy())
      return error;
    request = {start, (written & NPU_CONTROL_STOP_MASK) != 0,
               (written & NPU_CONTROL_RESET_MASK) != 0};
  } else {
    return error;
  }
  return {};
}

void Registers::begin() {
  status = NPU_STATUS_BUSY_MASK;
  fault = {};
  counters = {};
}

void Registers::end(std::uint32_t statusBit) { status = statusBit; }

void Registers::tell(std::uint32_t statusBit) {
  pending |= (statusBit & NPU_STATUS_FAULT_MASK) != 0
                 ? NPU_INTERRUPT_PENDING_FAULT_MASK
                 : NPU_INTERRUPT_PENDING_DONE_MASK;
}

void Registers::reset() {
  values = {};
  enabled = pending = 0;
  begin();
}

int crookedRegister(const Setup &setup) {
  for (int i = 0; i < baseRegisters; ++i)
    if (setup.bases[i] % 64 != 0)
      return i;
  return setup.program % 64 != 0 ? baseRegisters : -1;
}

/// The port by which \p command uses the bank of \p conflict.
static std::uint32_t portOf(const Command &command,
                            const BankConflict &conflict,
                            const Config &config) {
  const Queue queue = queueOf(command);
  if (conflict.space == Space::Accumulator)
    return queue == Queue::Matrix ? NPU_PORT_ARRAY_SUMS : NPU_PORT_VECTOR_SUMS;
  const BankUse use = bankUseOf(command, config);
  const bool inStream = (use.streamReads >> conflict.bank & 1) != 0;
  switch (queue) {
  case Queue::LoadA:
    return NPU_PORT_LOAD_A;
  case Queue::LoadW:
    return NPU_PORT_LOAD_W;
  case Queue::Store:
    return NPU_PORT_STORE;
  case Queue::Matrix:
    return inStream ? NPU_PORT_ARRAY_X : NPU_PORT_ARRAY_W;
  default:
    return conflict.write ? NPU_PORT_VECTOR_Y
           : inStream     ? NPU_PORT_VECTOR_A
                          : NPU_PORT_VECTOR_P;
  }
}

FaultRegisters faultOf(const BankConflict &conflict, const Command &first,
                       const Command &second, const Config &config) {
  const std::uint32_t one = portOf(first, conflict, config);
  std::uint32_t two = portOf(second, conflict, config);
  if (one == two) // of one queue: its other port to read
    two = one == NPU_PORT_ARRAY_X    ? std::uint32_t(NPU_PORT_ARRAY_W)
          : one == NPU_PORT_VECTOR_A ? std::uint32_t(NPU_PORT_VECTOR_B)
                                     : two;
  return {NPU_FAULT_CONFLICT,
          static_cast<std::uint32_t>(conflict.bank)
                  << NPU_FAULT_PLACE_BANK_SHIFT |
              one << NPU_FAULT_PLACE_FIRST_SHIFT |
              two << NPU_FAULT_PLACE_SECOND_SHIFT |
              (conflict.space == Space::Accumulator
                   ? NPU_FAULT_PLACE_ACCUMULATOR_MASK
                   : 0) |
              (conflict.write ? NPU_FAULT_PLACE_WRITE_MASK : 0),
          0};
}

} // namespace glowplug::npu::model
