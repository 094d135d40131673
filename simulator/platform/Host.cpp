// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The platform's host: a driver of the NPU in one thread.

#include "simulator/platform/Host.h"

#include "simulator/isa/Assembly.h"
#include "simulator/model/NpuTarget.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace glowplug::npu::platform {

using model::Status;
namespace reg = model::reg;

// Where things lie in the platform's memory.
static constexpr std::uint64_t programAt = 0x1000, inputsAt = 0x10000,
                               outputAt = 0x20000;
static constexpr unsigned count = 1024; // bytes in a vector

Host::Host(const sc_core::sc_module_name &name, const Config &config)
    : sc_module(name), config(config) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(1 << 20); // the assembler runs on it
  sc_core::sc_spawn([this] { run(); }, "run", &options);
}

void Host::require(bool holds, const std::string &text) {
  if (!holds && failed.empty())
    failed = text;
}

template <typename Socket>
static bool access(Socket &socket, tlm::tlm_command command,
                   std::uint64_t address, std::uint8_t *data, unsigned size) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(size);
  payload.set_streaming_width(size);
  sc_core::sc_time delay;
  socket->b_transport(payload, delay);
  sc_core::wait(delay);
  return payload.is_response_ok();
}

std::uint64_t Host::readRegister(std::uint64_t address) {
  std::uint64_t value = 0;
  require(access(npu, tlm::TLM_READ_COMMAND, address,
                 reinterpret_cast<std::uint8_t *>(&value), 8),
          fmt::format("register {:#x} cannot be read", address));
  return value;
}

void Host::writeRegister(std::uint64_t address, std::uint64_t value) {
  require(access(npu, tlm::TLM_WRITE_COMMAND, address,
                 reinterpret_cast<std::uint8_t *>(&value), 8),
          fmt::format("register {:#x} cannot be written", address));
}

void Host::writeMemory(std::uint64_t address, std::vector<std::uint8_t> bytes) {
  require(access(memory, tlm::TLM_WRITE_COMMAND, address, bytes.data(),
                 static_cast<unsigned>(bytes.size())),
          "memory cannot be written");
}

std::vector<std::uint8_t> Host::readMemory(std::uint64_t address,
                                           unsigned size) {
  std::vector<std::uint8_t> bytes(size);
  require(access(memory, tlm::TLM_READ_COMMAND, address, bytes.data(), size),
          "memory cannot be read");
  return bytes;
}

std::uint64_t Host::runProgram(const std::string &text, std::uint64_t address) {
  const auto program = assemble(text);
  if (!program) {
    require(false, program.message());
    return 0;
  }
  const auto file = writeProgram(*program, config);
  std::vector<std::uint8_t> bytes(file.size());
  std::memcpy(bytes.data(), file.data(), file.size());
  writeMemory(address, bytes);
  writeRegister(reg::Program, address);
  writeRegister(reg::Bytes, bytes.size());
  writeRegister(reg::Control, 1);
  while (!interrupt.read())
    sc_core::wait(interrupt.value_changed_event());
  const std::uint64_t status = readRegister(reg::Status);
  writeRegister(reg::Control, 2); // clear the interrupt
  sc_core::wait(interrupt.negedge_event());
  return status;
}

void Host::run() {
  require(readRegister(reg::Id) == configHash(config),
          "the NPU has another configuration");
  std::vector<std::uint8_t> inputs(2 * count);
  for (unsigned i = 0; i < inputs.size(); ++i)
    inputs[i] = static_cast<std::uint8_t>(i * 37 + i / 256);
  writeMemory(inputsAt, inputs);
  writeRegister(reg::Base, inputsAt);
  writeRegister(reg::Base + 8, outputAt);

  const int r = config.arrayRows, rows = static_cast<int>(count) / r;
  const std::string adding = fmt::format(
      ".extent 0 {}\n.extent 1 {}\n"
      "load load_a run={} spad_addr=0 signal=1\n"
      "load load_w run={} dram_offset={} spad_addr={} signal=2\n"
      "vector vector wait=1 wait=2 signal=3 op=add a_kind=bytes "
      "a_step0={} b_addr={} b_step0={} count0={} dst_addr={} "
      "dst_step0={} out_min=-128 out_max=127\n"
      "store store wait=3 dram_base=1 spad_addr={} run={}\n",
      2 * count, count, count, count, count, config.scratchpadBankBytes, r,
      config.scratchpadBankBytes, r, rows, 2 * config.scratchpadBankBytes, r,
      2 * config.scratchpadBankBytes, count);
  require(runProgram(adding, programAt) ==
              static_cast<std::uint64_t>(Status::Done),
          "the program did not end well");
  const auto output = readMemory(outputAt, count);
  for (unsigned i = 0; i < count; ++i) {
    const int sum = static_cast<std::int8_t>(inputs[i]) +
                    static_cast<std::int8_t>(inputs[count + i]);
    const int expected = std::clamp(sum, -128, 127);
    require(static_cast<std::int8_t>(output[i]) == expected,
            fmt::format("element {} is {} instead of {}", i,
                        static_cast<std::int8_t>(output[i]), expected));
  }
  std::printf("%u additions in %llu cycles\n", count,
              static_cast<unsigned long long>(readRegister(reg::Cycles)));

  require(runProgram("sync store wait=1\n", programAt) ==
              static_cast<std::uint64_t>(Status::Fault),
          "a program that cannot end was accepted");
  sc_core::sc_stop();
}

} // namespace glowplug::npu::platform
