// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From an image to the comparison of its outputs.

#include "tests/unit/backends/npu-sim/compiler/Running.h"

#include "backends/npu-sim/compiler/instr/Machine.h"
#include "backends/npu-sim/runtime/Executable.h"
#include "core/image/Verify.h"
#include "core/image/image_generated.h"
#include "core/image/instr/Verify.h"
#include "core/image/instr/instr_generated.h"
#include "core/reference/Interpreter.h"
#include "core/reference/instr/Interpreter.h"
#include "simulator/device/RaceDetector.h"
#include "simulator/timing/Banks.h"

#include <fmt/format.h>

#include <set>

namespace glowplug::compilertest {

namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<std::span<const std::uint8_t>>
spansOf(const std::vector<Bytes> &all) {
  return {all.begin(), all.end()};
}

/// Races and bank conflicts.
std::string hazardsOf(const npusim::Executable &executable) {
  std::vector<npu::Command> commands;
  for (const npu::Encoded &code : executable.blob().program.commands)
    commands.push_back(*npu::decodeCommand(code));
  for (const npu::Race &race : npu::findRaces(commands, executable.config(), 1))
    return race.message();
  for (const npu::BankConflict &conflict : npu::findBankConflicts(
           commands, executable.timeline(), executable.config()))
    return conflict.message();
  return "";
}

std::string differenceOf(std::size_t output, const Bytes &actual,
                         llvm::ArrayRef<std::uint8_t> expected) {
  if (actual.size() != expected.size())
    return fmt::format("output {} has {} bytes, not {}", output, actual.size(),
                       expected.size());
  std::size_t count = 0, first = 0;
  for (std::size_t i = actual.size(); i-- > 0;)
    if (actual[i] != expected[i]) {
      ++count;
      first = i;
    }
  if (count == 0)
    return "";
  return fmt::format("output {}: {} of {} bytes differ, the first at {}: {} "
                     "instead of {}",
                     output, count, actual.size(), first, actual[first],
                     expected[first]);
}

/// What is wrong with the instr program of the image \p root: it has to be
/// valid, encode() to what compile() gives, and mean what was \p expected.
std::string scheduleFailure(gp_image_program root, const TestProgram &program,
                            const npu::Config &config,
                            const npusim::CompileOptions &options,
                            const npusim::CompiledProgram &compiled,
                            llvm::ArrayRef<Tensor> expected) {
  const std::vector<std::uint8_t> machine = npusim::writeMachine(config);
  if (llvm::Error error = verifyMachine(machine))
    return "machine: " + llvm::toString(std::move(error));
  const auto schedule =
      npusim::schedule(root, spansOf(program.segments), config, options);
  if (!schedule)
    return "schedule: " + schedule.message();
  if (llvm::Error error = verifyInstr(schedule->program, machine))
    return "schedule: " + llvm::toString(std::move(error));
  std::vector<std::span<const std::uint8_t>> segments;
  std::vector<llvm::ArrayRef<std::uint8_t>> views;
  if (!schedule->constants.empty()) {
    segments.emplace_back(schedule->constants);
    views.emplace_back(schedule->constants);
  }
  const auto encoded =
      npusim::encode(schedule->program, segments, config, options);
  if (!encoded)
    return "encode: " + encoded.message();
  if (encoded->blob != compiled.blob ||
      encoded->constants != compiled.constants ||
      encoded->workspaceBytes != compiled.workspaceBytes)
    return "schedule and encode give other bytes than compile";
  InstrInterpreterOptions interpreting;
  interpreting.seed = 1;
  auto outputs = interpretInstr(*instr::GetProgram(schedule->program.data()),
                                program.inputs, views, interpreting);
  if (!outputs)
    return "schedule: " + llvm::toString(outputs.takeError());
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    const auto bytes = (*outputs)[i].bytes();
    const std::string difference =
        differenceOf(i, {bytes.begin(), bytes.end()}, expected[i].bytes());
    if (!difference.empty())
      return "schedule, interpreted: " + difference;
  }
  return "";
}

} // namespace

Outcome compare(const TestProgram &program, const npu::Config &config,
                const npusim::CompileOptions &options) {
  const std::vector<std::uint8_t> bytes = program.b.finish();
  if (llvm::Error error = verifyImage(bytes))
    return {"", "no valid image: " + llvm::toString(std::move(error))};
  const gp_image_program root = gp_image_root(bytes.data());
  for (const npusim::Verdict &verdict : npusim::check(root, config))
    if (!verdict.isSupported)
      return {verdict.reason, ""};

  const auto segments = spansOf(program.segments);
  auto compiled = npusim::compile(root, segments, config, options);
  if (!compiled)
    return {"", "compile: " + compiled.message()};
  const auto again = npusim::compile(root, segments, config, options);
  if (!again || again->blob != compiled->blob ||
      again->constants != compiled->constants)
    return {"", "the second compile gives other bytes"};

  std::vector<std::span<const std::uint8_t>> constants;
  if (!compiled->constants.empty())
    constants.emplace_back(compiled->constants);
  auto executable = npusim::Executable::load(
      compiled->blob, constants, config, npusim::makeInProcessDevice(config));
  if (!executable)
    return {"", "load: " + executable.message()};
  Outcome outcome;
  outcome.commands =
      static_cast<std::int64_t>((*executable)->blob().program.commands.size());
  outcome.failure = hazardsOf(**executable);
  if (!outcome.failure.empty())
    return outcome;

  std::vector<std::span<const std::uint8_t>> inputs;
  for (const Tensor &input : program.inputs)
    inputs.emplace_back(input.bytes().data(), input.bytes().size());
  std::vector<Bytes> outputs;
  std::vector<std::uint8_t *> pointers;
  for (const npusim::Binding &binding : (*executable)->blob().outputs)
    outputs.emplace_back(binding.bytes, 0xee);
  for (Bytes &output : outputs)
    pointers.push_back(output.data());
  Bytes workspace(compiled->workspaceBytes, 0x99);
  const npusim::Arguments arguments{inputs, pointers, workspace.data()};
  auto fault = (*executable)->check(arguments);
  if (!fault)
    fault = (*executable)->run(arguments);
  if (fault) {
    outcome.failure = "run: " + fault->message;
    return outcome;
  }

  const std::vector<llvm::ArrayRef<std::uint8_t>> views(
      program.segments.begin(), program.segments.end());
  auto expected =
      interpret(*image::GetProgram(bytes.data()), program.inputs, views);
  if (!expected) {
    outcome.failure = llvm::toString(expected.takeError());
    return outcome;
  }
  outcome.distinct =
      std::set<std::uint8_t>(outputs[0].begin(), outputs[0].end()).size();
  if (expected->size() != outputs.size())
    outcome.failure = "another number of outputs";
  for (std::size_t i = 0; i < outputs.size() && outcome.failure.empty(); ++i)
    outcome.failure = differenceOf(i, outputs[i], (*expected)[i].bytes());
  if (outcome.failure.empty())
    outcome.failure =
        scheduleFailure(root, program, config, options, *compiled, *expected);
  return outcome;
}

} // namespace glowplug::compilertest
