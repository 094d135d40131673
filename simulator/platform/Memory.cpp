// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The platform's memory.

#include "simulator/platform/Memory.h"

#include <algorithm>

namespace glowplug::npu::platform {

Memory::Memory(const sc_core::sc_module_name &name, std::uint64_t begin,
               std::size_t size, bool direct)
    : sc_module(name), begin(begin), bytes(size), direct(direct) {
  for (auto *socket : {&host, &npu}) {
    socket->register_b_transport(this, &Memory::transport);
    socket->register_transport_dbg(this, &Memory::transportDebug);
    socket->register_get_direct_mem_ptr(this, &Memory::grantPointer);
  }
}

std::uint8_t *Memory::at(std::uint64_t address, std::uint64_t size) {
  const std::uint64_t place = address - begin;
  if (place > bytes.size() || size > bytes.size() - place)
    return nullptr;
  return bytes.data() + place;
}

unsigned Memory::transportDebug(tlm::tlm_generic_payload &access) {
  const unsigned length = access.get_data_length();
  std::uint8_t *here = at(access.get_address(), length);
  if (!here)
    return 0;
  if (access.is_write())
    std::copy_n(access.get_data_ptr(), length, here);
  else
    std::copy_n(here, length, access.get_data_ptr());
  return length;
}

void Memory::transport(tlm::tlm_generic_payload &access,
                       sc_core::sc_time &delay) {
  delay += sc_core::sc_time(10, sc_core::SC_NS);
  access.set_response_status(transportDebug(access) == access.get_data_length()
                                 ? tlm::TLM_OK_RESPONSE
                                 : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

bool Memory::grantPointer(tlm::tlm_generic_payload &, tlm::tlm_dmi &pointer) {
  if (!direct)
    return false;
  pointer.set_dmi_ptr(bytes.data());
  pointer.set_start_address(begin);
  pointer.set_end_address(begin + bytes.size() - 1);
  pointer.allow_read_write();
  return true;
}

} // namespace glowplug::npu::platform
