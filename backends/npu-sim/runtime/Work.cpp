// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keeps programs from working for ever.

#include "backends/npu-sim/runtime/Work.h"

#include "simulator/isa/Access.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npusim {

namespace {

/// Counts what commands do; all numbers are within their ranges.
struct Counter {
  const npu::Extents &extents;
  const npu::Config &config;
  std::int64_t rows = 0; ///< of all commands so far
  std::string problem{};

  void add(const npu::Command &command) {
    const npu::Queue queue = npu::queueOf(command);
    if (queue == npu::Queue::Matrix || queue == npu::Queue::Vector)
      rows += std::visit([&](const auto &c) { return rowsOf(c); }, command);
    else
      for (const npu::Access &access : npu::accessesOf(command, config))
        if (access.write)
          transfer(access);
  }

private:
  std::int64_t rowsOf(const npu::Matmul &c) {
    return std::int64_t(c.blocks) * c.kernelH * c.kernelW * c.outH * c.outW;
  }
  std::int64_t rowsOf(const npu::Depthwise &c) {
    return std::int64_t(c.kernelH) * c.kernelW * c.outH * c.outW;
  }
  /// Those of the operand that has the most.
  template <typename T>
  std::int64_t rowsOf(const T &c) {
    std::int64_t most = 0;
    for (const npu::Access &access : npu::accessesOf(c, config))
      most = std::max(most, access.count[0] * access.count[1] *
                                access.count[2] * access.count[3]);
    return most;
  }

  void transfer(const npu::Access &access) {
    const std::int64_t most = access.space == npu::Space::Dram
                                  ? extents[access.base]
                                  : npu::scratchpadBytes(config);
    std::int64_t bytes = access.run;
    for (std::int64_t count : access.count) {
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
    counter.add(*npu::decodeCommand(program.commands[n]));
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
