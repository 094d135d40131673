// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The model and the hardware side by side: each behind its sockets in a small
/// platform, driven by the same steps.

#pragma once

#include "simulator/model/NpuTarget.h"
#include "simulator/platform/Memory.h"
#include "simulator/platform/RtlTarget.h"

#include <fmt/format.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <string>
#include <vector>

namespace glowplug::npu::test {

/// What a host does: waits, then accesses a register, or waits for the end of a
/// program.
struct Step {
  enum class Kind { Access, AwaitIdle, AwaitLine };
  Kind kind = Kind::Access;
  int gap = 0; ///< cycles before it
  model::RegisterAccess access{};
  bool isShown = true; ///< the answer is compared
};

inline Step readOf(std::uint32_t address, int gap = 0) {
  return {Step::Kind::Access, gap, {false, address}};
}
inline Step writeOf(std::uint32_t address, std::uint32_t data, int gap = 0,
                    int strobes = 15) {
  return {Step::Kind::Access, gap, {true, address, data, strobes}};
}

/// One NPU with its memory and its host.
class Side : public sc_core::sc_module {
public:
  Side(const sc_core::sc_module_name &name, model::NpuPort &npu,
       std::uint64_t begin, std::size_t size, bool isDirect)
      : sc_module(name), memory("memory", begin, size, isDirect) {
    registers.bind(npu.registers);
    idle.bind(memory.host);
    npu.memory.bind(memory.npu);
    npu.interrupt.bind(line);
    sc_core::sc_spawn_options options;
    sc_core::sc_spawn([this] { host(); }, "host", &options);
    options.spawn_method();
    options.dont_initialize();
    options.set_sensitivity(&line.value_changed_event());
    sc_core::sc_spawn([this] { watch(); }, "watch", &options);
  }

  /// Begins \p next; their log is empty now.
  void begin(const std::vector<Step> &next, bool withTimes) {
    steps = next;
    isTimed = withTimes;
    isDone = false;
    log.clear();
    begun = sc_core::sc_time_stamp();
    go.notify(sc_core::SC_ZERO_TIME);
  }

  platform::Memory memory;
  std::vector<std::string> log; ///< a line for each answer and each edge
  bool isDone = true;

private:
  std::string now() const {
    return isTimed
               ? fmt::format("{}: ",
                             model::cyclesOf(sc_core::sc_time_stamp() - begun))
               : "";
  }

  void watch() {
    // Without times, an edge may come before or after an answer.
    if (isTimed)
      log.push_back(fmt::format("{}interrupt {}", now(), line.read()));
  }

  void host() {
    while (true) {
      if (isDone) // not before the simulation
        sc_core::wait(go);
      for (const Step &step : steps)
        take(step);
      isDone = true;
    }
  }

  std::uint32_t access(const model::RegisterAccess &wanted, bool isShown) {
    std::uint32_t data = wanted.data;
    unsigned char enables[4];
    for (int i = 0; i < 4; ++i)
      enables[i] = (wanted.strobes >> i & 1) != 0 ? 0xff : 0;
    tlm::tlm_generic_payload payload;
    payload.set_command(wanted.isWrite ? tlm::TLM_WRITE_COMMAND
                                       : tlm::TLM_READ_COMMAND);
    payload.set_address(wanted.address);
    payload.set_data_ptr(reinterpret_cast<unsigned char *>(&data));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    if (wanted.strobes != 15) {
      payload.set_byte_enable_ptr(enables);
      payload.set_byte_enable_length(4);
    }
    sc_core::sc_time delay;
    registers->b_transport(payload, delay);
    if (isShown)
      log.push_back(
          fmt::format("{}{} {:#x} {:#x}: {} {:#x}", now(),
                      wanted.isWrite ? "write" : "read", wanted.address,
                      wanted.data, payload.get_response_string(),
                      wanted.isWrite || !payload.is_response_ok() ? 0 : data));
    return data;
  }

  void take(const Step &step) {
    sc_core::wait(model::timeOf(step.gap));
    if (step.kind == Step::Kind::Access) {
      access(step.access, step.isShown);
    } else if (step.kind == Step::Kind::AwaitLine) {
      if (!line.read())
        sc_core::wait(sc_core::sc_time(100, sc_core::SC_US),
                      line.posedge_event());
      log.push_back(fmt::format("{}line {}", now(), line.read()));
    } else {
      for (int i = 0; i < 20'000; ++i) {
        sc_core::wait(model::timeOf(i % 5));
        if ((access({false, NPU_STATUS}, isTimed) & NPU_STATUS_BUSY_MASK) == 0)
          return;
      }
      log.emplace_back("it stays busy");
    }
  }

  tlm_utils::simple_initiator_socket<Side> registers{"registers"}, idle{"idle"};
  sc_core::sc_signal<bool> line{"line"};
  sc_core::sc_event go{"go"};
  std::vector<Step> steps;
  bool isTimed = true;
  sc_core::sc_time begun;
};

} // namespace glowplug::npu::test
