// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a virtual platform sees of an NPU, be it the model or hardware:
/// registers at a TLM-2.0 target socket, memory at an initiator socket, and an
/// interrupt.

#pragma once

#include "simulator/model/Registers.h"
#include "simulator/model/Time.h"

#include <map>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace glowplug::npu::model {

/// A read or write of one register word, as AXI4-Lite has it.
struct RegisterAccess {
  bool isWrite = false;
  std::uint32_t address = 0; ///< below registerBytes
  std::uint32_t data = 0;    ///< of a write
  int strobes = 15;          ///< of a write: bit i for byte i
};

inline constexpr std::uint64_t registerBytes = 4096;

/// The registers are those of docs/reference/npu-registers.md, little endian.
///
/// Accesses are of 4 bytes; writes may have byte enables. One of another form
/// gets a burst or byte enable error, an address from 4096 on an address error,
/// and what the registers answer with SLVERR a generic error. Accesses wait for
/// each other. Each begins with a whole cycle, takes 3 cycles, and returns with
/// a delay of zero, so call b_transport from a thread.
///
/// The NPU reaches memory by direct pointers where they are granted, else by
/// debug transport: its times are those of the timing contract, with the memory
/// of its configuration. The platform's own delays do not count.
class NpuPort : public sc_core::sc_module {
public:
  tlm_utils::simple_target_socket<NpuPort> registers{"registers"};
  tlm_utils::simple_initiator_socket<NpuPort> memory{"memory"};
  sc_core::sc_out<bool> interrupt{"interrupt"}; ///< a level

protected:
  explicit NpuPort(const sc_core::sc_module_name &name);

  /// Does one access, which begins now, at the beginning of a cycle. Returns
  /// when it has been answered.
  virtual RegisterAnswer access(const RegisterAccess &access) = 0;

  /// The line has \p level from the beginning of \p cycle on, which comes. Of
  /// two calls for one cycle the second counts.
  void setInterrupt(Cycle cycle, bool level);

  /// The direct pointer to \p size bytes at \p address, to read and to write;
  /// null if none is granted for all of them.
  std::uint8_t *direct(std::uint64_t address, std::uint64_t size);

  /// Moves bytes by debug transport; false if memory does not take all.
  bool transfer(tlm::tlm_command command, std::uint64_t address,
                std::uint8_t *data, std::size_t size);

  /// The cycle of the present time.
  static Cycle cycleNow() { return cyclesOf(sc_core::sc_time_stamp()); }
  /// From now to the beginning of \p cycle.
  static sc_core::sc_time until(Cycle cycle) {
    return timeOf(cycle) - sc_core::sc_time_stamp();
  }

private:
  void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
  void moveLine();

  sc_core::sc_mutex mutex;
  std::map<Cycle, bool> levels;
  sc_core::sc_event_queue levelIsDue{"levelIsDue"};
};

} // namespace glowplug::npu::model
