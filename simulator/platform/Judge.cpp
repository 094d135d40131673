// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the runs of the driver's example must come to.

#include "simulator/platform/Judge.h"

#include "simulator/model/Time.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <string_view>

namespace glowplug::npu::platform {

void Judge::require(bool holds, const example_run &run, const char *what) {
  if (holds)
    return;
  ++faults;
  fmt::print(stderr, "npu-platform: error: run '{}': {}\n", run.name, what);
}

bool Judge::hasOutputs() const {
  for (const Segment &output : part.outputs)
    if (std::memcmp(memory.at(address + output.offset, output.bytes.size()),
                    output.bytes.data(), output.bytes.size()) != 0)
      return false;
  return true;
}

/// As the example computes it.
std::uint64_t Judge::expectedHash() const {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const Segment &output : part.outputs)
    for (const std::uint8_t byte : output.bytes)
      hash = (hash ^ byte) * 0x100'0000'01b3;
  return hash;
}

void Judge::judgeGood(const example_run &run) {
  const npu_counters &counters = run.counters;
  fmt::print("took     {} cycles, {} ns with the driver\n"
             "retired  {}; beats {} read, {} written; bank conflicts {}\n"
             "outputs  {:016x}\n",
             counters.cycles, model::cyclesOf(sc_core::sc_time_stamp() - last),
             fmt::join(counters.retired, " "), counters.beats_read,
             counters.beats_written, counters.bank_conflicts, run.output_hash);
  require(run.error == NPU_OK, run, "it must end well");
  require(hasOutputs(), run, "memory holds other outputs");
  require(run.output_hash == expectedHash(), run,
          "the CPU sees other outputs than memory holds");
}

void Judge::judge(const example_run &run) {
  ++runs;
  told += run.interrupts;
  const std::string_view name = run.name;
  fmt::print("run      {}: {}; interrupts {}\n", name,
             npu_error_text(run.error), run.interrupts);
  require(run.interrupts == 1, run, "it must give one interrupt");
  if (name == "broken") {
    fmt::print("fault    {}; number {}\n", run.fault.text, run.fault.number);
    require(run.error == NPU_ERROR_FAULT &&
                run.fault.code == NPU_FAULT_COMMAND && run.fault.number == 0,
            run, "it must end with the fault of command 0");
  } else if (name == "stopped") {
    require(run.error == NPU_ERROR_STOPPED, run, "it must be stopped");
  } else {
    judgeGood(run);
  }
  last = sc_core::sc_time_stamp();
}

} // namespace glowplug::npu::platform
