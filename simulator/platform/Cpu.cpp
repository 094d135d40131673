// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The platform's CPU.

#include "simulator/platform/Cpu.h"

#include <fmt/format.h>

#include <utility>

namespace glowplug::npu::platform {

Cpu::Cpu(const sc_core::sc_module_name &name,
         std::function<void(Cpu &)> program)
    : sc_module(name), program(std::move(program)) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(1 << 20);
  sc_core::sc_spawn(
      [this] {
        this->program(*this);
        sc_core::sc_stop();
      },
      "run", &options);
}

template <typename Socket>
void Cpu::transact(Socket &socket, tlm::tlm_command command,
                   std::uint64_t address, void *data, unsigned size) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(static_cast<unsigned char *>(data));
  payload.set_data_length(size);
  payload.set_streaming_width(size);
  sc_core::sc_time delay;
  socket->b_transport(payload, delay);
  if (delay != sc_core::SC_ZERO_TIME)
    sc_core::wait(delay);
  if (!payload.is_response_ok() && ++errorCount == 1)
    error = fmt::format("{} of {} bytes at {:#x}: {}",
                        command == tlm::TLM_READ_COMMAND ? "a read" : "a write",
                        size, address, payload.get_response_string());
  takeInterrupt();
}

void Cpu::takeInterrupt() {
  if (!handler || isInHandler)
    return;
  isInHandler = true;
  for (; interrupt.read(); ++interruptCount)
    npu_handle_interrupt(handler);
  isInHandler = false;
}

/// Sleeps until an interrupt, or for so long that a program that uses none is
/// still seen to end.
void Cpu::idle() {
  for (const std::uint64_t address : std::exchange(forgotten, {}))
    lineOf(address);
  if (!interrupt.read())
    sc_core::wait(sc_core::sc_time(1, sc_core::SC_US),
                  interrupt.posedge_event());
  takeInterrupt();
}

Cpu::Line &Cpu::lineOf(std::uint64_t address) {
  const std::uint64_t begin = address / lineBytes * lineBytes;
  const auto [place, isNew] = cache.try_emplace(begin);
  if (isNew)
    transact(memory, tlm::TLM_READ_COMMAND, begin, place->second.words.data(),
             lineBytes);
  return place->second;
}

std::uint64_t Cpu::readMemory(std::uint64_t address) {
  return lineOf(address).words[address % lineBytes / 8];
}

void Cpu::writeMemory(std::uint64_t address, std::uint64_t value) {
  Line &line = lineOf(address);
  line.words[address % lineBytes / 8] = value;
  line.isDirty = true;
}

void Cpu::clean(const npu_region &region) {
  const std::uint64_t first = region.address / lineBytes * lineBytes;
  for (auto line = cache.lower_bound(first);
       line != cache.end() && line->first < region.address + region.bytes;
       ++line) {
    if (line->second.isDirty)
      transact(memory, tlm::TLM_WRITE_COMMAND, line->first,
               line->second.words.data(), lineBytes);
    line->second.isDirty = false;
  }
}

/// Lines that are dirty are lost, as on a CPU that does no more than asked.
void Cpu::invalidate(const npu_region &region) {
  const std::uint64_t first = region.address / lineBytes * lineBytes;
  const auto from = cache.lower_bound(first);
  const auto to = cache.lower_bound(region.address + region.bytes);
  for (auto line = from; line != to; ++line)
    forgotten.push_back(line->first);
  cache.erase(from, to);
}

npu_platform Cpu::platform() {
  npu_platform made{};
  made.bus.context = made.context = this;
  made.bus.read = [](void *self, std::uint32_t offset) {
    auto &cpu = *static_cast<Cpu *>(self);
    std::uint32_t value = 0;
    cpu.transact(cpu.registers, tlm::TLM_READ_COMMAND, offset, &value,
                 sizeof value);
    return value;
  };
  made.bus.write = [](void *self, std::uint32_t offset, std::uint32_t value) {
    auto &cpu = *static_cast<Cpu *>(self);
    cpu.transact(cpu.registers, tlm::TLM_WRITE_COMMAND, offset, &value,
                 sizeof value);
  };
  made.clean = [](void *self, const npu_region *region) {
    static_cast<Cpu *>(self)->clean(*region);
  };
  made.invalidate = [](void *self, const npu_region *region) {
    static_cast<Cpu *>(self)->invalidate(*region);
  };
  made.idle = [](void *self) { static_cast<Cpu *>(self)->idle(); };
  return made;
}

} // namespace glowplug::npu::platform
