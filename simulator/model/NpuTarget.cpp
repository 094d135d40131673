// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The NPU for a virtual platform.

#include "simulator/model/NpuTarget.h"

#include "simulator/isa/Access.h"

#include <fmt/format.h>

namespace glowplug::npu::model {

/// Programs over this size are refused before memory is taken for them.
static constexpr std::uint64_t mostProgramBytes = std::uint64_t(1) << 32;

NpuTarget::NpuTarget(const sc_core::sc_module_name &name, const Config &config)
    : sc_module(name), config(config), npu("npu", config), memories(config) {
  registers.register_b_transport(this, &NpuTarget::transport);
  sc_core::sc_spawn_options control;
  control.set_stack_size(1 << 20); // the reader of programs runs on it
  sc_core::sc_spawn([this] { this->control(); }, "control", &control);
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&interruptChanged);
  sc_core::sc_spawn([this] { interrupt.write(raised); }, "raise", &options);
  machine.config = config;
  npu.beforeEffect = [this](std::int64_t n) { stage(n, false); };
  npu.afterEffect = [this](std::int64_t n) { stage(n, true); };
}

void NpuTarget::transport(tlm::tlm_generic_payload &access,
                          sc_core::sc_time &) {
  const std::uint64_t address = access.get_address();
  if (access.get_data_length() != 8 || access.get_streaming_width() < 8 ||
      address % 8 != 0)
    return access.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  if (access.get_byte_enable_ptr())
    return access.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  if (address >= reg::End || (address > reg::Cycles && address < reg::Base))
    return access.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  std::uint64_t value;
  if (access.is_read()) {
    value = read(address);
    std::memcpy(access.get_data_ptr(), &value, sizeof value);
    return access.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  std::memcpy(&value, access.get_data_ptr(), sizeof value);
  access.set_response_status(access.is_write()
                                 ? write(address, value)
                                 : tlm::TLM_COMMAND_ERROR_RESPONSE);
}

std::uint64_t NpuTarget::read(std::uint64_t address) const {
  switch (address) {
  case reg::Id:
    return configHash(config);
  case reg::Control:
    return 0;
  case reg::Status:
    return static_cast<std::uint64_t>(status);
  case reg::Program:
    return programAddress;
  case reg::Bytes:
    return programBytes;
  case reg::Cycles:
    return cycles;
  default:
    return machine.bases[(address - reg::Base) / 8];
  }
}

tlm::tlm_response_status NpuTarget::write(std::uint64_t address,
                                          std::uint64_t value) {
  if (address == reg::Control && (value & 2) != 0) {
    raised = false;
    interruptChanged.notify(sc_core::SC_ZERO_TIME);
    if (value == 2)
      return tlm::TLM_OK_RESPONSE;
  }
  if (status == Status::Running)
    return tlm::TLM_COMMAND_ERROR_RESPONSE;
  switch (address) {
  case reg::Control:
    if ((value & 1) != 0) {
      status = Status::Running;
      begin.notify(sc_core::SC_ZERO_TIME);
    }
    break;
  case reg::Program:
    programAddress = value;
    break;
  case reg::Bytes:
    programBytes = value;
    break;
  case reg::Id:
  case reg::Status:
  case reg::Cycles:
    return tlm::TLM_COMMAND_ERROR_RESPONSE;
  default:
    machine.bases[(address - reg::Base) / 8] = value;
  }
  return tlm::TLM_OK_RESPONSE;
}

bool NpuTarget::transfer(tlm::tlm_command command, std::uint64_t address,
                         std::uint8_t *data, std::size_t size, bool debug) {
  // The length of a payload has 32 bits.
  constexpr std::size_t most = 1 << 20;
  for (std::size_t at = 0; at < size; at += most) {
    const auto part = static_cast<unsigned>(std::min(most, size - at));
    tlm::tlm_generic_payload access;
    access.set_command(command);
    access.set_address(address + at);
    access.set_data_ptr(data + at);
    access.set_data_length(part);
    access.set_streaming_width(part);
    if (debug) {
      if (memory->transport_dbg(access) != part)
        return false;
      continue;
    }
    sc_core::sc_time delay;
    memory->b_transport(access, delay);
    if (!access.is_response_ok())
      return false;
  }
  return true;
}

void NpuTarget::control() {
  while (true) {
    sc_core::wait(begin);
    message.clear();
    cycles = 0;
    if (const auto fault = startProgram()) {
      fail(fault->message);
    } else {
      sc_core::wait(npu.finished);
      const auto timeline = npu.result();
      if (!timeline) {
        fail(timeline.message());
      } else if (message.empty()) {
        cycles = static_cast<std::uint64_t>(timeline->cycles);
        status = Status::Done;
      } else {
        status = Status::Fault;
      }
    }
    raised = true;
    interruptChanged.notify(sc_core::SC_ZERO_TIME);
  }
}

void NpuTarget::fail(std::string text) {
  message = std::move(text);
  status = Status::Fault;
}

std::optional<Fault> NpuTarget::startProgram() {
  if (programAddress % 64 != 0)
    return Fault{fmt::format("program: must lie at a multiple of 64, but is at "
                             "{}",
                             programAddress)};
  if (programBytes > mostProgramBytes)
    return Fault{fmt::format("program: has {} bytes, over {}", programBytes,
                             mostProgramBytes)};
  std::vector<std::byte> file(programBytes);
  if (!transfer(tlm::TLM_READ_COMMAND, programAddress,
                reinterpret_cast<std::uint8_t *>(file.data()), file.size(),
                false))
    return Fault{
        fmt::format("program: memory does not answer at {}", programAddress)};
  auto program = readProgram(file, config);
  if (!program)
    return program.fault();
  for (int i = 0; i < baseRegisters; ++i) {
    if (machine.bases[i] % 64 != 0)
      return Fault{fmt::format("base {}: must be a multiple of 64, but is {}",
                               i, machine.bases[i])};
    attach(i, program->extents[i]);
  }
  commands.clear();
  for (const Encoded &code : program->commands)
    commands.push_back(*decodeCommand(code));
  machine.programBase = programAddress + programHeadBytes;
  npu.start(commands, machine, &memories);
  return std::nullopt;
}

void NpuTarget::attach(int base, std::int64_t extent) {
  shadows[base].clear();
  memories.dram[base] = {};
  if (extent == 0)
    return;
  const std::uint64_t begin = machine.bases[base];
  const auto size = static_cast<std::uint64_t>(extent);
  tlm::tlm_generic_payload access;
  access.set_command(tlm::TLM_WRITE_COMMAND);
  access.set_address(begin);
  tlm::tlm_dmi direct;
  if (memory->get_direct_mem_ptr(access, direct) &&
      direct.is_read_write_allowed() && direct.get_start_address() <= begin &&
      direct.get_end_address() - begin >= size - 1) {
    memories.dram[base] = {
        direct.get_dmi_ptr() + (begin - direct.get_start_address()), size};
    return;
  }
  shadows[base].resize(size);
  memories.dram[base] = shadows[base];
}

/// Brings the bytes of a load into the shadow of its base, or takes those of a
/// store out of it.
void NpuTarget::stage(std::int64_t number, bool isStore) {
  for (const Access &access : accessesOf(commands[number], config)) {
    if (access.space != Space::Dram || access.write != isStore ||
        shadows[access.base].empty())
      continue;
    std::array<std::int64_t, 4> i{};
    for (i[3] = 0; i[3] < access.count[3]; ++i[3])
      for (i[2] = 0; i[2] < access.count[2]; ++i[2])
        for (i[1] = 0; i[1] < access.count[1]; ++i[1])
          for (i[0] = 0; i[0] < access.count[0]; ++i[0]) {
            std::int64_t at = access.begin;
            for (int d = 0; d < 4; ++d)
              at += i[d] * access.step[d];
            if (!transfer(
                    isStore ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND,
                    machine.bases[access.base] + static_cast<std::uint64_t>(at),
                    &shadows[access.base][at],
                    static_cast<std::size_t>(access.run), true) &&
                message.empty())
              message = fmt::format(
                  "command {}: memory does not answer at byte {} of base {}",
                  number, at, access.base);
          }
  }
}

} // namespace glowplug::npu::model
