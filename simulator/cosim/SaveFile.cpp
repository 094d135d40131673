// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What GTKWave shows of a chip's signals.

#include "simulator/cosim/Waves.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace glowplug::npu::cosim {

/// Signals of hw/rtl/npu.sv with the last bit that they have, by group. Bit q
/// of a signal with five bits is queue q.
static constexpr struct {
  const char *group;
  std::initializer_list<std::pair<const char *, int>> signals;
} shown[] = {
    {"control", {{"clk_i", 0}, {"rst_ni", 0}, {"irq_o", 0}}},
    {"queues",
     {{"trace_push_o", 4},
      {"trace_ready_o", 4},
      {"trace_issue_o", 4},
      {"trace_retire_o", 4}}},
    {"reads of DRAM",
     {{"m_arvalid_o", 0},
      {"m_arready_i", 0},
      {"m_arid_o", 1},
      {"m_araddr_o", 63},
      {"m_arlen_o", 7},
      {"m_rvalid_i", 0},
      {"m_rid_i", 1},
      {"m_rlast_i", 0}}},
    {"writes to DRAM",
     {{"m_awvalid_o", 0},
      {"m_awready_i", 0},
      {"m_awaddr_o", 63},
      {"m_awlen_o", 7},
      {"m_wvalid_o", 0},
      {"m_wlast_o", 0},
      {"m_bvalid_i", 0}}},
};

std::optional<Fault> writeSaveFile(const WaveOptions &options,
                                   const Timeline &timeline) {
  namespace fs = std::filesystem;
  const auto ps = [](Cycle cycle) {
    return static_cast<std::uint64_t>(cycle) * picosecondsPerCycle;
  };
  const Record &first = timeline.records[options.first];
  const Cycle end = options.last < std::ssize(timeline.records)
                        ? timeline.records[options.last].end
                        : timeline.cycles;
  std::string text =
      fmt::format("[dumpfile] \"{}\"\n[timestart] {}\n[sst_width] 220\n"
                  "*-14.0 {} {} {} {} {}\n",
                  fs::absolute(options.file).string(), ps(first.dispatched),
                  ps(first.dispatched), ps(first.dispatched), ps(first.start),
                  ps(first.end), ps(end));
  for (const auto &[group, signals] : shown) {
    text += fmt::format("@200\n-{}\n", group);
    for (const auto &[name, last] : signals)
      text += last == 0 ? fmt::format("@28\nTOP.npu.{}\n", name)
                        : fmt::format("@22\nTOP.npu.{}[{}:0]\n", name, last);
    // Queues one by one, as they have names.
    if (signals.begin()->second == 4)
      for (const auto &[name, last] : signals)
        for (int q = 0; q < queueCount; ++q)
          text += fmt::format("@28\n+{{{} {}}} ({})TOP.npu.{}[{}:0]\n",
                              queueNames[q], name, last - q, name, last);
  }
  const std::string path = options.file + ".gtkw";
  std::FILE *const file = std::fopen(path.c_str(), "w");
  const bool isWritten =
      file && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (!file || std::fclose(file) != 0 || !isWritten)
    return Fault{
        fmt::format("waves: cannot write '{}': {}", path, strerror(errno))};
  return std::nullopt;
}

} // namespace glowplug::npu::cosim
