// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast the simulator is: a product of 1024^3 on a 16 x 16 array with banked
// DRAM in simulated cycles per second, and checks of it in commands per second.
// GLOWPLUG_NPU_PROGRAM names a program file to run in place of the product.

#include "simulator/device/RaceDetector.h"
#include "simulator/isa/Program.h"
#include "simulator/model/Npu.h"
#include "simulator/timing/Banks.h"
#include "tests/unit/simulator/support/Gemm.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

struct Job {
  Config config;
  Machine machine;
  std::vector<Command> commands;
  Extents extents{}; ///< bytes that the commands may touch

  Job() {
    config.dramBanked = 1;
    machine = {config, {}, 1 << 20};
    for (int i = 0; i < baseRegisters; ++i) {
      machine.bases[i] = std::uint64_t(i + 1) << 26;
      extents[i] = 2 << 20;
    }
  }
  explicit Job(const Gemm &gemm) : Job() {
    commands = gemmProgram(gemm, config);
  }
};

/// The program in the file at \p path, of a machine of the default sizes.
Job readJob(const char *path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  Job job;
  const auto program = readProgram(std::as_bytes(std::span(bytes)), job.config);
  if (!program) {
    std::fprintf(stderr, "%s: %s\n", path, program.message().c_str());
    std::exit(1);
  }
  job.extents = program->extents;
  for (const Encoded &code : program->commands)
    job.commands.push_back(*decodeCommand(code));
  return job;
}

/// 5,185 commands, 4.2 M cycles; or those of a file.
const Job &product() {
  static const char *path = std::getenv("GLOWPLUG_NPU_PROGRAM");
  static const Job job = path ? readJob(path) : Job({1024, 1024, 1024, 64});
  return job;
}

/// As many commands as a large network: over 30,000.
const Job &longProgram() {
  static const Job job({1024, 1024 * 8, 64, 64});
  return job;
}

/// SystemC elaborates once in a process.
model::Npu &npu() {
  static model::Npu instance("npu", Config{});
  return instance;
}

void reportCycles(benchmark::State &state, std::int64_t cycles) {
  state.counters["cycles"] =
      benchmark::Counter(static_cast<double>(cycles),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void simulate(benchmark::State &state, Memories *memories) {
  const Job &job = product();
  std::int64_t cycles = 0;
  for (auto _ : state) {
    npu().start(job.commands, job.machine, memories);
    sc_core::sc_start();
    const auto timeline = npu().result();
    if (!timeline)
      return state.SkipWithError(timeline.message().c_str());
    cycles = timeline->cycles;
  }
  reportCycles(state, cycles);
}

void modelTimesOnly(benchmark::State &state) { simulate(state, nullptr); }
BENCHMARK(modelTimesOnly)->Unit(benchmark::kMillisecond);

void modelWithData(benchmark::State &state) {
  Memories memories(product().config);
  std::array<std::vector<std::uint8_t>, baseRegisters> dram;
  for (int i = 0; i < baseRegisters; ++i) {
    dram[i].resize(static_cast<std::size_t>(product().extents[i]),
                   static_cast<std::uint8_t>(i + 3));
    memories.dram[i] = dram[i];
  }
  simulate(state, &memories);
}
BENCHMARK(modelWithData)->Unit(benchmark::kMillisecond);

void replayOnly(benchmark::State &state) {
  const Job &job = product();
  std::int64_t cycles = 0;
  for (auto _ : state)
    cycles = replay(job.commands, job.machine)->cycles;
  reportCycles(state, cycles);
}
BENCHMARK(replayOnly)->Unit(benchmark::kMillisecond);

void reportCommands(benchmark::State &state) {
  state.SetItemsProcessed(
      state.iterations() *
      static_cast<std::int64_t>(longProgram().commands.size()));
}

void longReplay(benchmark::State &state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(
        replay(longProgram().commands, longProgram().machine)->cycles);
  reportCommands(state);
}
BENCHMARK(longReplay)->Unit(benchmark::kMillisecond);

void longBankConflicts(benchmark::State &state) {
  const Job &job = longProgram();
  const auto timeline = replay(job.commands, job.machine);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        findBankConflicts(job.commands, *timeline, job.config).size());
  reportCommands(state);
}
BENCHMARK(longBankConflicts)->Unit(benchmark::kMillisecond);

void longRaces(benchmark::State &state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(
        findRaces(longProgram().commands, longProgram().config, 10).size());
  reportCommands(state);
}
BENCHMARK(longRaces)->Unit(benchmark::kMillisecond);

} // namespace

// The library of SystemC calls it.
[[gnu::visibility("default")]] int sc_main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
