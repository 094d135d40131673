// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The platform's host: a driver of the NPU in one thread.

#pragma once

#include "simulator/isa/Config.h"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <string>
#include <vector>

namespace glowplug::npu::platform {

/// Adds two vectors of bytes on the NPU, then gives it a program that it must
/// refuse.
class Host : public sc_core::sc_module {
public:
  tlm_utils::simple_initiator_socket<Host> npu{"npu"}, memory{"memory"};
  sc_core::sc_in<bool> interrupt{"interrupt"};

  Host(const sc_core::sc_module_name &name, const Config &config);

  /// What went wrong; empty when all is well.
  const std::string &failure() const { return failed; }

private:
  void run();
  void require(bool holds, const std::string &text);

  std::uint64_t readRegister(std::uint64_t address);
  void writeRegister(std::uint64_t address, std::uint64_t value);
  void writeMemory(std::uint64_t address, std::vector<std::uint8_t> bytes);
  std::vector<std::uint8_t> readMemory(std::uint64_t address, unsigned size);
  /// Runs the program text; the status afterwards.
  std::uint64_t runProgram(const std::string &text, std::uint64_t address);

  Config config;
  std::string failed;
};

} // namespace glowplug::npu::platform
