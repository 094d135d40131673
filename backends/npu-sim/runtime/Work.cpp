// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keeps programs from working for ever.

#include "backends/npu-sim/runtime/Work.h"

#include "simulator/isa/Command.h"

#include <fmt/format.h>

namespace glowplug::npusim {

namespace {

/// Counts what commands do; all numbers are within their ranges.
struct Counter {
  const npu::Extents &extents;
  const npu::Config &config;
  std::int64_t rows = 0; ///< of all commands so far
  std::string problem{};

  void operator()(const npu::Sync &) {}
  void operator()(const npu::Load &c) {
    transfer(c, npu::scratchpadBytes(config));
  }
  void operator()(const npu::Store &c) { transfer(c, extents[c.dramBase]); }
  void operator()(const npu::Copy &c) {
    transfer(c, npu::scratchpadBytes(config));
  }
  void operator()(const npu::Fill &c) {
    transfer(c, npu::scratchpadBytes(config));
  }
  void operator()(const npu::Matmul &c) {
    rows += std::int64_t(c.blocks) * c.kernelH * c.kernelW * c.outH * c.outW;
  }
  void operator()(const npu::Vector &c) {
    rows += std::int64_t(c.count[0]) * c.count[1];
  }
  void operator()(const npu::Depthwise &c) {
    rows += std::int64_t(c.kernelH) * c.kernelW * c.outH * c.outW;
  }
  void operator()(const npu::Transpose &c) {
    rows += std::int64_t(c.count[0]) * c.count[1] * config.arrayRows;
  }

  template <typename T>
  void transfer(const T &command, std::int64_t most) {
    std::int64_t bytes = command.run;
    for (std::int32_t count : command.count) {
      // The least count that is too much stands for all such counts.
      if (bytes > most / count) {
        problem = fmt::format("run: with its counts the command writes more "
                              "than the {} bytes that its destination has",
                              most);
        return;
      }
      bytes *= count;
    }
  }
};

} // namespace

std::optional<npu::Fault> checkWork(const npu::Program &program,
                                    const npu::Config &config) {
  Counter counter{program.extents, config};
  for (std::size_t n = 0; n < program.commands.size(); ++n) {
    std::visit(counter, *npu::decodeCommand(program.commands[n]));
    if (counter.rows > mostRows)
      counter.problem = fmt::format("the array and the vector unit would take "
                                    "more than {} rows up to here",
                                    mostRows);
    if (!counter.problem.empty())
      return npu::Fault{fmt::format("command {}: {}", n, counter.problem)};
  }
  return std::nullopt;
}

} // namespace glowplug::npusim
