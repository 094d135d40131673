// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The NPU in RTL for a virtual platform.

#include "simulator/platform/RtlTarget.h"

namespace glowplug::npu::platform {

using model::timeOf;

static constexpr std::uint64_t pageSize = 4096;

static sc_core::sc_time halfCycle() { return timeOf(1) / 2; }

RtlTarget::RtlTarget(const sc_core::sc_module_name &name) : NpuPort(name) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&edge);
  sc_core::sc_spawn([this] { clock(); }, "clock", &options);
  edge.notify(halfCycle());
}

Result<std::unique_ptr<RtlTarget>>
RtlTarget::make(const sc_core::sc_module_name &name, const Config &config) {
  std::unique_ptr<RtlTarget> made(new RtlTarget(name));
  auto chip = cosim::makeClockedChip(config, *made);
  if (!chip)
    return chip.fault();
  made->chip = std::move(*chip);
  return made;
}

/// The cycle that contains the present time; its edge ends it.
void RtlTarget::clock() {
  const auto got = chip->cycle();
  if (const auto fault = chip->fault())
    SC_REPORT_ERROR("npu", fault->message.c_str());
  if (got) {
    answer = {got->data, got->isError};
    answered.notify(halfCycle());
  }
  if (chip->interrupt() != line) {
    line = !line;
    setInterrupt(cycleNow() + 1, line);
  }
  edge.notify(timeOf(1));
}

model::RegisterAnswer RtlTarget::access(const model::RegisterAccess &access) {
  chip->offer({access.isWrite, access.address, access.data, access.strobes});
  sc_core::wait(answered);
  return answer;
}

std::uint8_t *RtlTarget::page(std::uint64_t address, int bytes) {
  const std::uint64_t begin = address / pageSize * pageSize;
  if (begin != pageBegin) {
    pageBegin = begin;
    pageBytes = direct(begin, pageSize);
  }
  const std::uint64_t at = address - begin;
  return pageBytes && at + static_cast<std::uint64_t>(bytes) <= pageSize
             ? pageBytes + at
             : nullptr;
}

bool RtlTarget::read(std::uint64_t address, std::uint8_t *data, int bytes) {
  if (const std::uint8_t *from = page(address, bytes)) {
    std::copy_n(from, bytes, data);
    return true;
  }
  return transfer(tlm::TLM_READ_COMMAND, address, data,
                  static_cast<std::size_t>(bytes));
}

bool RtlTarget::write(std::uint64_t address, const std::uint8_t *data,
                      std::uint64_t strobes, int bytes) {
  std::uint8_t *to = page(address, bytes);
  for (int i = 0; i < bytes; ++i) {
    if ((strobes >> i & 1) == 0)
      continue;
    std::uint8_t byte = data[i];
    if (to)
      to[i] = byte;
    else if (!transfer(tlm::TLM_WRITE_COMMAND,
                       address + static_cast<std::uint64_t>(i), &byte, 1))
      return false;
  }
  return true;
}

} // namespace glowplug::npu::platform
