// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The platform's memory.

#pragma once

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <vector>

namespace glowplug::npu::platform {

/// Bytes from an address on, for the CPU and the NPU. An access takes 10 ns.
class Memory : public sc_core::sc_module {
public:
  tlm_utils::simple_target_socket<Memory> host{"host"}, npu{"npu"};

  /// \p size bytes from \p begin on. \p direct: whether direct memory pointers
  /// are granted.
  Memory(const sc_core::sc_module_name &name, std::uint64_t begin,
         std::size_t size, bool direct);

  /// The \p size bytes at \p address, without time; null if not all are here.
  std::uint8_t *at(std::uint64_t address, std::uint64_t size);

private:
  void transport(tlm::tlm_generic_payload &access, sc_core::sc_time &delay);
  unsigned transportDebug(tlm::tlm_generic_payload &access);
  bool grantPointer(tlm::tlm_generic_payload &access, tlm::tlm_dmi &pointer);

  const std::uint64_t begin;
  std::vector<std::uint8_t> bytes;
  bool direct;
};

} // namespace glowplug::npu::platform
