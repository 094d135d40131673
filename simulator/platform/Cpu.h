// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The platform's CPU: a program in C, compiled for the machine that simulates,
/// whose accesses to registers and memory are transactions.

#pragma once

#include "hw/driver/npu_driver.h"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace glowplug::npu::platform {

/// The program takes no time but that of its transactions. Between two of them
/// the CPU takes an interrupt whose line is high, once a handler is connected.
/// Its cache writes back, knows nothing of what others do to memory, and never
/// gives up a line by itself. While the CPU is idle, the cache reads again what
/// was invalidated, as one that speculates may do at any time.
class Cpu : public sc_core::sc_module {
public:
  tlm_utils::simple_initiator_socket<Cpu> registers{"registers"},
      memory{"memory"};
  sc_core::sc_in<bool> interrupt{"interrupt"};

  /// Runs \p program and then ends the simulation.
  Cpu(const sc_core::sc_module_name &name, std::function<void(Cpu &)> program);

  /// What the driver needs. Refers to this.
  npu_platform platform();

  /// \p npu handles interrupts from now on; null: none are taken.
  void connect(npu_device *device) { handler = device; }

  /// 64 bits at a multiple of 8, through the cache.
  std::uint64_t readMemory(std::uint64_t address);
  void writeMemory(std::uint64_t address, std::uint64_t value);

  /// How often the handler was called.
  std::uint64_t interrupts() const { return interruptCount; }

  /// Accesses that were answered by an error; the first one in words.
  std::uint64_t errors() const { return errorCount; }
  const std::string &firstError() const { return error; }

private:
  template <typename Socket>
  void transact(Socket &socket, tlm::tlm_command command, std::uint64_t address,
                void *data, unsigned size);
  static constexpr unsigned lineBytes = 64;
  struct Line {
    std::array<std::uint64_t, lineBytes / 8> words;
    bool isDirty;
  };
  Line &lineOf(std::uint64_t address);
  void clean(const npu_region &region);
  void invalidate(const npu_region &region);

  void idle();
  void takeInterrupt();

  std::function<void(Cpu &)> program;
  std::map<std::uint64_t, Line> cache;  ///< by address
  std::vector<std::uint64_t> forgotten; ///< addresses of lines, likewise
  npu_device *handler = nullptr;
  bool isInHandler = false;
  std::uint64_t errorCount = 0, interruptCount = 0;
  std::string error;
};

} // namespace glowplug::npu::platform
