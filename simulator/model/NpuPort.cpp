// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sockets and interrupt of an NPU in a virtual platform.

#include "simulator/model/NpuPort.h"

#include <algorithm>
#include <cstring>

namespace glowplug::npu::model {

NpuPort::NpuPort(const sc_core::sc_module_name &name) : sc_module(name) {
  registers.register_b_transport(this, &NpuPort::transport);
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&levelIsDue);
  sc_core::sc_spawn([this] { moveLine(); }, "moveLine", &options);
}

/// The bytes that \p payload, a write of a word, enables; -1: another form.
static int strobesOf(const tlm::tlm_generic_payload &payload) {
  const unsigned char *enables = payload.get_byte_enable_ptr();
  if (!enables)
    return 15;
  const unsigned length = payload.get_byte_enable_length();
  if (length == 0)
    return -1;
  int strobes = 0;
  for (unsigned i = 0; i < 4; ++i)
    if (enables[i % length] == TLM_BYTE_ENABLED)
      strobes |= 1 << i;
  return strobes;
}

void NpuPort::transport(tlm::tlm_generic_payload &payload,
                        sc_core::sc_time &delay) {
  const std::uint64_t address = payload.get_address();
  if (payload.get_data_length() != 4 || payload.get_streaming_width() < 4)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  if (address >= registerBytes)
    return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  if (!payload.is_read() && !payload.is_write())
    return payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  RegisterAccess wanted{payload.is_write(),
                        static_cast<std::uint32_t>(address)};
  wanted.strobes = strobesOf(payload);
  if (wanted.strobes < 0 || (!wanted.isWrite && wanted.strobes != 15))
    return payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  if (wanted.isWrite)
    std::memcpy(&wanted.data, payload.get_data_ptr(), sizeof wanted.data);
  sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  mutex.lock();
  if (sc_core::sc_time_stamp() != timeOf(cycleNow()))
    sc_core::wait(until(cycleNow() + 1));
  const RegisterAnswer answer = access(wanted);
  mutex.unlock();
  if (answer.isError)
    return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (!wanted.isWrite)
    std::memcpy(payload.get_data_ptr(), &answer.data, sizeof answer.data);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void NpuPort::setInterrupt(Cycle cycle, bool level) {
  levels[cycle] = level;
  levelIsDue.notify(until(cycle));
}

void NpuPort::moveLine() {
  while (!levels.empty() && levels.begin()->first <= cycleNow()) {
    interrupt.write(levels.begin()->second);
    levels.erase(levels.begin());
  }
}

std::uint8_t *NpuPort::direct(std::uint64_t address, std::uint64_t size) {
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(address);
  tlm::tlm_dmi pointer;
  if (size == 0 || !memory->get_direct_mem_ptr(payload, pointer) ||
      !pointer.is_read_write_allowed() ||
      pointer.get_start_address() > address ||
      pointer.get_end_address() < address ||
      pointer.get_end_address() - address < size - 1)
    return nullptr;
  return pointer.get_dmi_ptr() + (address - pointer.get_start_address());
}

bool NpuPort::transfer(tlm::tlm_command command, std::uint64_t address,
                       std::uint8_t *data, std::size_t size) {
  // The length of a payload has 32 bits.
  constexpr std::size_t most = 1 << 20;
  for (std::size_t at = 0; at < size; at += most) {
    const auto part = static_cast<unsigned>(std::min(most, size - at));
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address + at);
    payload.set_data_ptr(data + at);
    payload.set_data_length(part);
    payload.set_streaming_width(part);
    if (memory->transport_dbg(payload) != part)
      return false;
  }
  return true;
}

} // namespace glowplug::npu::model
