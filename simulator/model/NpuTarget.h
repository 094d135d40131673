// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The NPU for a virtual platform: registers at a TLM-2.0 target socket, memory
/// at an initiator socket, and an interrupt.

#pragma once

#include "simulator/model/Npu.h"

#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace glowplug::npu::model {

/// The registers, of 64 bits each. Accesses are of 8 bytes at a multiple of 8,
/// little endian, without byte enables. Others are answered by an error.
namespace reg {
enum : std::uint64_t {
  Id = 0x00,      ///< read: the hash of the configuration
  Control = 0x08, ///< write 1: run the program; 2: clear the interrupt
  Status = 0x10,  ///< read: a value of Status
  Program = 0x18, ///< address of a program file; its commands are at + 128
  Bytes = 0x20,   ///< size of the program file
  Cycles = 0x28,  ///< read: cycles of the last program
  Base = 0x40,    ///< base register i at + 8 i; multiples of 64
  End = 0x80
};
} // namespace reg

enum class Status : std::uint64_t { Idle, Running, Done, Fault };

/// Times are those of the contract, with the memory model of the configuration:
/// the platform's own delays do not count. Data move through direct memory
/// pointers where the platform grants them, else by debug transport. Registers
/// other than Control and Status must not be written while a program runs.
class NpuTarget : public sc_core::sc_module {
public:
  tlm_utils::simple_target_socket<NpuTarget> registers{"registers"};
  tlm_utils::simple_initiator_socket<NpuTarget> memory{"memory"};
  sc_core::sc_out<bool> interrupt{"interrupt"};

  NpuTarget(const sc_core::sc_module_name &name, const Config &config);

  /// Why the last program ended in Status::Fault.
  const std::string &faultMessage() const { return message; }

private:
  void transport(tlm::tlm_generic_payload &access, sc_core::sc_time &delay);
  tlm::tlm_response_status write(std::uint64_t address, std::uint64_t value);
  std::uint64_t read(std::uint64_t address) const;

  void control();
  /// Reads the program and starts it; a fault's message otherwise.
  std::optional<Fault> startProgram();
  void attach(int base, std::int64_t extent);
  bool transfer(tlm::tlm_command command, std::uint64_t address,
                std::uint8_t *data, std::size_t size, bool debug);
  void stage(std::int64_t number, bool isStore);
  void fail(std::string text);

  Config config;
  Npu npu;
  Memories memories;
  std::array<std::vector<std::uint8_t>, baseRegisters> shadows;
  std::vector<Command> commands;
  Machine machine;
  std::uint64_t programAddress = 0, programBytes = 0, cycles = 0;
  Status status = Status::Idle;
  std::string message;
  sc_core::sc_event begin{"begin"}, interruptChanged{"interruptChanged"};
  bool raised = false;
};

} // namespace glowplug::npu::model
