// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug cosim: runs a model on the simulated device and on its hardware,
// and says where results and times differ.

#include "core/artifact/Read.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Model.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

using Times = Cosimulation::Times;

class CosimVerb : public Verb {
public:
  explicit CosimVerb(CLI::App &app) {
    model.addModel(app, "MODEL");
    backends.add(app);
    app.add_option(
           "--units", request.units,
           "for which hardware stands, with commas [default: those that "
           "the backend chooses]")
        ->type_name("LIST");
    app.add_option("--inputs", inputs,
                   "folder of input_0.pb, ..., or random:SEED [default: "
                   "random:0]")
        ->type_name("DIR");
    app.add_flag("--exact", exact, "other times are a failure, too");
    app.add_flag("--lockstep", request.lockstep,
                 "the clocks of idle units do not stand still; nothing may "
                 "change");
    app.add_option("--seed", request.seed,
                   "of what hardware reads that nobody has written; nothing "
                   "may depend on it [default: 0]")
        ->type_name("N");
    auto *trace =
        app.add_option("--trace", waves.file,
                       "the hardware's signals, for GTKWave, with FILE.gtkw "
                       "beside it; of the first part")
            ->type_name("FILE");
    app.add_option("--from-command", waves.firstCommand,
                   "with --trace, from the dispatch of this one on [default: "
                   "0]")
        ->type_name("N")
        ->needs(trace);
    app.add_option("--to-command", waves.lastCommand,
                   "with --trace, until this one has ended [default: the last]")
        ->type_name("N")
        ->needs(trace);
    backends.addNpu(app);
    model.addImport(app);
    model.addCache(app);
    backends.addIsolation(app);
    backends.addRequire(app);
    addJson(app, json);
    setHelp(app, {" MODEL.onnx|FILE.gpx [options]",
                  {"digits.onnx --backend npu-sim --units array"},
                  "0 equal results, 1 model at fault, 2 wrong usage, 3 "
                  "backend failed, 4 other results, or other times with "
                  "--exact"});
  }

  Status run() override;

private:
  ModelOptions model;
  BackendOptions backends;
  CosimRequest request;
  CosimRequest::Waves waves{"", 0, UINT64_MAX};
  std::string inputs = "random:0";
  bool exact = false;
};

int64_t errorOf(uint64_t model, uint64_t hardware) {
  return static_cast<int64_t>(hardware - model);
}

/// A layer from the begin of its first command to the end of its last.
struct LayerTimes {
  std::string name;
  std::optional<Times> model, hardware;
  uint64_t commands = 0;
  uint64_t otherTimes = 0; ///< Of how many commands.

  int64_t error() const {
    return model ? errorOf(model->cycles(), hardware->cycles()) : 0;
  }
};

void widen(std::optional<Times> &times, const Times &by) {
  if (!times)
    times = by;
  times->firstCycle = std::min(times->firstCycle, by.firstCycle);
  times->lastCycle = std::max(times->lastCycle, by.lastCycle);
}

/// How the times of one part differ.
struct Errors {
  std::vector<LayerTimes> layers;
  uint64_t otherTimes = 0;   ///< Commands that begin or end in another cycle.
  uint64_t otherCycles = 0;  ///< Commands that take longer or less long.
  int64_t greatestError = 0; ///< Of the cycles of one command.
};

Errors errorsOf(const Cosimulation &both) {
  Errors errors;
  for (const std::string &name : both.layers)
    errors.layers.emplace_back().name = name;
  for (const Cosimulation::Command &command : both.commands) {
    const bool isOther = command.model != command.hardware;
    errors.otherTimes += isOther ? 1 : 0;
    const int64_t error =
        errorOf(command.model.cycles(), command.hardware.cycles());
    errors.otherCycles += error != 0 ? 1 : 0;
    if (std::abs(error) > std::abs(errors.greatestError))
      errors.greatestError = error;
    if (command.layer == Cosimulation::noLayer)
      continue;
    LayerTimes &layer = errors.layers[command.layer];
    widen(layer.model, command.model);
    widen(layer.hardware, command.hardware);
    ++layer.commands;
    layer.otherTimes += isOther ? 1 : 0;
  }
  return errors;
}

Json jsonOf(const PartCosimulation &part) {
  const Cosimulation &both = part.cosimulation;
  const Errors errors = errorsOf(both);
  Json answer = {
      {"part", part.part},
      {"backend", part.backend},
      {"units", both.units},
      {"commands", both.commands.size()},
      {"commands_in_hardware", both.commandsInHardware},
      {"model_cycles", both.modelCycles},
      {"hardware_cycles", both.hardwareCycles},
      {"model_ns", both.modelNs},
      {"hardware_ns", both.hardwareNs},
      {"commands_at_other_times", errors.otherTimes},
      {"commands_of_other_cycles", errors.otherCycles},
      {"greatest_command_error", errors.greatestError},
      {"commands_that_differ",
       llvm::count_if(both.commands,
                      [](const auto &command) { return command.differs; })},
      {"difference", nullptr},
      {"layers", Json::array()}};
  if (const auto &found = both.difference)
    answer["difference"] = {{"command", found->command},
                            {"engine", both.commands[found->command].engine},
                            {"text", found->text},
                            {"place", found->place},
                            {"result_bytes", found->resultBytes},
                            {"differing_bytes", found->differingBytes},
                            {"got", found->got},
                            {"want", found->want}};
  for (const LayerTimes &layer : errors.layers)
    if (layer.model)
      answer["layers"].push_back(
          {{"name", layer.name},
           {"model_cycles", layer.model->cycles()},
           {"hardware_cycles", layer.hardware->cycles()},
           {"commands", layer.commands},
           {"commands_at_other_times", layer.otherTimes}});
  return answer;
}

std::string percent(int64_t error, uint64_t of) {
  return fmt::format("{:+} cycles, {:+.3f} %", error,
                     of == 0 ? 0.0 : 100.0 * double(error) / double(of));
}

/// ", the 3rd of 8 of layer 'conv1'": which tile of a layer it is.
std::string placeInLayer(const Cosimulation &both, uint64_t number) {
  const uint32_t layer = both.commands[number].layer;
  if (layer == Cosimulation::noLayer)
    return "";
  const auto isOfLayer = [&](const Cosimulation::Command &command) {
    return command.layer == layer;
  };
  const auto begin = both.commands.begin();
  return fmt::format(", number {} of {} of layer '{}'",
                     std::count_if(begin, begin + number + 1, isOfLayer),
                     llvm::count_if(both.commands, isOfLayer),
                     both.layers[layer]);
}

void print(const PartCosimulation &part) {
  const Cosimulation &both = part.cosimulation;
  const Errors errors = errorsOf(both);
  fmt::print(dataFile(), "part     {} on {}: hardware for {}\n", part.part,
             part.backend,
             both.units.empty() ? "nothing" : llvm::join(both.units, ", "));
  fmt::print(dataFile(), "commands {}, of them {} in hardware\n",
             both.commands.size(), both.commandsInHardware);
  if (const auto &found = both.difference)
    fmt::print(dataFile(),
               "results  differ first in command {}{}:\n"
               "           {}\n"
               "           {} is {}, but must be {}; {} of {} bytes differ\n",
               found->command, placeInLayer(both, found->command), found->text,
               found->place, found->got, found->want, found->differingBytes,
               found->resultBytes);
  else
    fmt::print(dataFile(), "results  equal\n");
  if (errors.otherTimes == 0 && both.modelCycles == both.hardwareCycles)
    fmt::print(dataFile(), "times    equal: {} cycles\n", both.modelCycles);
  else
    fmt::print(dataFile(),
               "times    differ: {} cycles by the model, {} by the hardware "
               "({}); {} commands at other times, {} of other cycles, by {:+} "
               "at most\n",
               both.modelCycles, both.hardwareCycles,
               percent(errorOf(both.modelCycles, both.hardwareCycles),
                       both.modelCycles),
               errors.otherTimes, errors.otherCycles, errors.greatestError);
  for (const LayerTimes &layer : errors.layers)
    if (layer.error() != 0)
      fmt::print(dataFile(), "           {}: {} by the model, {} ({})\n",
                 layer.name, layer.model->cycles(), layer.hardware->cycles(),
                 percent(layer.error(), layer.model->cycles()));
}

} // namespace

Status CosimVerb::run() {
  if (backends.isolation.calls == IsolatedCalls::all)
    fail(wrongUsage, "cosim asks plugins in this process: --isolate all has "
                     "no such runs");
  const InputSource source = parseInputs(inputs);
  BackendSet set = backends.makeSet(looksLikeArtifact(model.model));
  Progress progress;
  LoadOptions load;
  load.inputs = &source;
  BuiltModel loaded = loadModel(model, backends, set, 1, load, &progress);
  const std::vector<Tensor> given =
      orFail(makeInputs(loaded.session->inputs(), source));
  if (!waves.file.empty())
    request.waves = waves;
  progress.begin("running on model and hardware");
  const std::vector<PartCosimulation> parts =
      orFail(loaded.session->cosim(given, request));
  progress.end();
  if (parts.empty())
    fail(wrongUsage,
         "no backend of '" + model.model +
             "' has hardware beside a model (the group 'cosim'); backends: " +
             loaded.backends());
  bool isEqual = true, isExact = true;
  Json answer = {{"parts", Json::array()}};
  for (const PartCosimulation &part : parts) {
    const Cosimulation &both = part.cosimulation;
    isEqual &= !both.difference.has_value();
    isExact &= errorsOf(both).otherTimes == 0 &&
               both.modelCycles == both.hardwareCycles;
    if (json)
      answer["parts"].push_back(jsonOf(part));
    else
      print(part);
  }
  if (json) {
    answer["results_equal"] = isEqual;
    answer["times_equal"] = isExact;
    printJson(answer);
  }
  return isEqual && (isExact || !exact) ? done : comparisonFailed;
}

std::unique_ptr<Verb> cli::addCosim(CLI::App &app) {
  return std::make_unique<CosimVerb>(*app.add_subcommand(
      "cosim", "run a model on the simulated device and on its RTL"));
}
