// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a program on two devices and finds the first command that differs.

#include "backends/npu-sim/runtime/Cosim.h"

#include "simulator/device/Execute.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace glowplug::npusim {

using npu::process::Client;
using npu::process::Outcome;
using npu::process::RunOptions;

namespace {

/// One of the two devices, with the program and its memory.
class Side {
public:
  Side(const Executable &executable,
       std::span<const std::span<const std::uint8_t>> inputs)
      : executable(executable), inputs(inputs) {}

  std::optional<npu::Fault> start(const npu::process::Options &options) {
    auto started = Client::start(options);
    if (!started)
      return started.fault();
    client = std::move(*started);
    return std::nullopt;
  }

  /// Runs the program from the same memory each time.
  npu::Result<Outcome> run(const RunOptions &options) {
    const Placement &places = executable.placement();
    if (auto fault = client->load(
            executable.blob().program,
            {executable.config(), places.bases, places.programBase}))
      return *fault;
    std::ranges::copy(executable.constants(),
                      client->memory(constantsBase).begin());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      std::ranges::copy(inputs[i], client->memory(inputsBase).begin() +
                                       static_cast<std::ptrdiff_t>(
                                           executable.blob().inputs[i].offset));
    const auto begin = std::chrono::steady_clock::now();
    auto outcome = client->run(options);
    ns = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::steady_clock::now() - begin)
            .count());
    return outcome;
  }

  std::uint64_t ns = 0; ///< what the last run took on the host

private:
  const Executable &executable;
  std::span<const std::span<const std::uint8_t>> inputs;
  std::unique_ptr<Client> client;
};

std::string textOf(const npu::ResultPlace &at) {
  switch (at.space) {
  case npu::Space::Scratchpad:
    return fmt::format("scratchpad byte {}", at.place);
  case npu::Space::Accumulator:
    return fmt::format("accumulator row {}, byte {} of lane {}", at.place,
                       at.within % 4, at.within / 4);
  case npu::Space::Dram:
    break;
  }
  return fmt::format("byte {} at base register {}", at.place, at.base);
}

/// How the results of \p command differ; both are as long as they should be.
npu::Result<Divergence> compare(const Executable &executable,
                                std::size_t command,
                                const std::vector<std::uint8_t> &got,
                                const std::vector<std::uint8_t> &want) {
  const auto first = std::ranges::mismatch(got, want);
  if (got.size() != want.size() || first.in1 == got.end())
    return npu::Fault{fmt::format("command {}: its results differ in one run "
                                  "and are equal in the next",
                                  command)};
  const auto index = first.in1 - got.begin();
  Divergence found;
  found.command = command;
  found.place = textOf(npu::resultPlace(
      *npu::decodeCommand(executable.blob().program.commands[command]),
      executable.config(), index));
  found.resultBytes = got.size();
  for (std::size_t i = 0; i < got.size(); ++i)
    found.differing += got[i] != want[i] ? 1 : 0;
  found.got = *first.in1;
  found.want = *first.in2;
  return found;
}

} // namespace

npu::Result<Cosimulation>
cosimulate(const Executable &executable,
           std::span<const std::span<const std::uint8_t>> inputs,
           const npu::process::Options &options,
           std::optional<npu::cosim::WaveOptions> waves) {
  npu::process::Options modelOptions = options;
  modelOptions.units = 0;
  modelOptions.memory = {};
  modelOptions.xSeed = 0;
  Side model(executable, inputs), hardware(executable, inputs);
  if (auto fault = model.start(modelOptions))
    return *fault;
  if (auto fault = hardware.start(options))
    return *fault;

  const RunOptions whole{.withData = true, .wantsCrcs = true};
  auto want = model.run(whole);
  if (!want)
    return want.fault();
  RunOptions traced = whole;
  traced.waves = std::move(waves);
  auto got = hardware.run(traced);
  if (!got)
    return got.fault();
  Cosimulation result;
  result.modelNs = model.ns;
  result.hardwareNs = hardware.ns;
  const auto first = std::ranges::mismatch(got->crcs, want->crcs).in1;
  if (first != got->crcs.end()) {
    const auto command = static_cast<std::size_t>(first - got->crcs.begin());
    const RunOptions watching{.withData = true,
                              .watched = static_cast<std::int64_t>(command)};
    const auto wanted = model.run(watching);
    if (!wanted)
      return wanted.fault();
    const auto given = hardware.run(watching);
    if (!given)
      return given.fault();
    auto divergence =
        compare(executable, command, given->watched, wanted->watched);
    if (!divergence)
      return divergence.fault();
    result.divergence = std::move(*divergence);
  }
  result.model = std::move(*want);
  result.hardware = std::move(*got);
  return result;
}

} // namespace glowplug::npusim
