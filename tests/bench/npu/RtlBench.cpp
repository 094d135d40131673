// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// npu-rtl-bench: how fast the whole chip in RTL is, with and without its
// assertions, beside the SystemC model with data: simulated cycles per second
// of a matrix product, or of a program file, all in one run. Seconds are those
// of the processor, so that what else runs on the machine matters less.

#include "simulator/cosim/Chip.h"
#include "simulator/isa/Program.h"
#include "simulator/model/Npu.h"
#include "tests/unit/simulator/support/Gemm.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <random>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

struct Options {
  int rows = 16;
  std::vector<int> gemm{512, 512, 512};
  int panel = 64;
  std::string program;
};

/// Ends the program with what went wrong.
[[noreturn]] void fail(const std::string &what) {
  fmt::print(stderr, "npu-rtl-bench: {}\n", what);
  std::exit(1);
}

/// A program, and what its base registers point to.
struct Job {
  Machine machine;
  std::vector<Encoded> program;
  std::vector<Command> commands;
  std::array<std::vector<std::uint8_t>, baseRegisters> dram;
};

Job makeJob(const Options &options) {
  Job job;
  job.machine.config.arrayRows = options.rows;
  const Config &config = job.machine.config;
  Extents extents{};
  if (options.program.empty()) {
    const Gemm gemm{options.gemm[0], options.gemm[1], options.gemm[2],
                    options.panel};
    job.commands = gemmProgram(gemm, config);
    extents[0] = gemm.aBytes(config);
    extents[1] = gemm.bBytes(config);
    extents[2] = gemm.cBytes(config);
    for (const Command &command : job.commands)
      job.program.push_back(encodeCommand(command));
  } else {
    std::ifstream file(options.program, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    auto read = readProgram(std::as_bytes(std::span(bytes)), config);
    if (!read)
      fail(options.program + ": " + read.message());
    extents = read->extents;
    job.program = std::move(read->commands);
    for (const Encoded &code : job.program)
      job.commands.push_back(*decodeCommand(code));
  }
  std::mt19937_64 random(1);
  std::uint64_t next = 1 << 20;
  job.machine.programBase = next;
  next += (job.program.size() * sizeof(Encoded) + 4095) / 4096 * 4096;
  for (int i = 0; i < baseRegisters; ++i) {
    job.machine.bases[i] = next;
    job.dram[i].resize(static_cast<std::size_t>(extents[i]));
    for (std::uint8_t &byte : job.dram[i])
      byte = static_cast<std::uint8_t>(random());
    next += static_cast<std::uint64_t>((extents[i] + 4095) / 4096 * 4096);
  }
  return job;
}

/// What a run gives: its times, the bytes that it leaves, and the seconds of
/// the processor that it took.
struct Outcome {
  Timeline timeline;
  std::array<std::vector<std::uint8_t>, baseRegisters> dram;
  double seconds = 0;

  double megacycles() const {
    return static_cast<double>(timeline.cycles) / seconds * 1e-6;
  }
};

/// Runs \p job by \p run(memories), which returns a Result<Timeline>.
Outcome measure(const Job &job, const auto &run) {
  Outcome outcome;
  outcome.dram = job.dram;
  Memories memories(job.machine.config);
  for (int i = 0; i < baseRegisters; ++i)
    memories.dram[i] = outcome.dram[i];
  const std::clock_t begin = std::clock();
  auto timeline = run(memories);
  outcome.seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (!timeline)
    fail(timeline.message());
  outcome.timeline = std::move(*timeline);
  return outcome;
}

Outcome runChip(const Job &job, cosim::Chip &chip, bool hasAssertions) {
  return measure(job, [&](Memories &memories) {
    cosim::ChipOptions options;
    options.hasAssertions = hasAssertions;
    return chip.run(job.program, job.machine, &memories, options);
  });
}

Outcome runModel(const Job &job) {
  model::Npu npu("npu", job.machine.config);
  return measure(job, [&](Memories &memories) {
    npu.start(job.commands, job.machine, &memories);
    sc_core::sc_start();
    return npu.result();
  });
}

/// A figure for speed counts only if the work was done.
void expectSame(const Outcome &chip, const Outcome &model) {
  if (chip.timeline.records != model.timeline.records)
    fail("the chip's times are not the model's");
  if (chip.dram != model.dram)
    fail("the chip's bytes are not the model's");
}

} // namespace

// The library of SystemC calls it.
[[gnu::visibility("default")]] int sc_main(int argc, char **argv) {
  Options options;
  CLI::App app("Simulated cycles per second of the whole chip in RTL and of "
               "the SystemC model with data, as JSON.");
  app.add_option("--rows", options.rows, "array.rows of the chip")
      ->capture_default_str();
  app.add_option("--gemm", options.gemm, "M N K of a matrix product")
      ->expected(3)
      ->capture_default_str();
  app.add_option("--program", options.program,
                 "a program file to run in place of the product");
  CLI11_PARSE(app, argc, argv);

  const Job job = makeJob(options);
  auto chip = cosim::makeChip(job.machine.config);
  if (!chip)
    fail(chip.message());
  const Outcome model = runModel(job);
  const Outcome checked = runChip(job, **chip, true);
  const Outcome unchecked = runChip(job, **chip, false);
  expectSame(checked, model);
  expectSame(unchecked, model);

  nlohmann::ordered_json report;
  report["rows"] = options.rows;
  report["commands"] = job.commands.size();
  report["cycles"] = model.timeline.cycles;
  report["mcycles_per_second"] = {
      {"chip", checked.megacycles()},
      {"chip_without_assertions", unchecked.megacycles()},
      {"model_with_data", model.megacycles()}};
  report["model_to_chip"] = model.megacycles() / checked.megacycles();
  report["model_to_chip_without_assertions"] =
      model.megacycles() / unchecked.megacycles();
  fmt::print("{}\n", report.dump(2));
  return 0;
}
