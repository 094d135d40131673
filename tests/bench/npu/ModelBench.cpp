// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast the simulator is: a product of 1024^3 on a 16 x 16 array with banked
// DRAM in simulated cycles per second, and checks of it in commands per second.

#include "simulator/device/RaceDetector.h"
#include "simulator/model/Npu.h"
#include "simulator/timing/Banks.h"
#include "tests/unit/npu-support/Gemm.h"

#include <benchmark/benchmark.h>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

struct Job {
  Config config;
  Machine machine;
  std::vector<Command> commands;

  explicit Job(const Gemm &gemm) {
    config.dramBanked = 1;
    machine = {config, {}, 1 << 20};
    for (int i = 0; i < baseRegisters; ++i)
      machine.bases[i] = std::uint64_t(i + 1) << 24;
    commands = gemmProgram(gemm, config);
  }
};

/// 5,185 commands, 4.2 M cycles.
const Job &product() {
  static const Job job({1024, 1024, 1024, 64});
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
  std::array<std::vector<std::uint8_t>, 3> dram;
  for (int i = 0; i < 3; ++i) {
    dram[i].resize(2 << 20, static_cast<std::uint8_t>(i + 3));
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
