// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug cosim: runs a model on the simulated device and on its hardware,
// and says where results and times differ.

#include "core/artifact/Read.h"
#include "core/report/CosimErrors.h"
#include "core/report/CosimHtml.h"
#include "core/support/WriteFile.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Model.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <algorithm>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

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
    app.add_option("--report", page,
                   "one page with the timelines of both above one another")
        ->type_name("FILE");
    app.add_flag("--lockstep", request.lockstep,
                 "the clocks of idle units do not stand still; nothing may "
                 "change");
    app.add_option("--seed", request.seed,
                   "of the bits that registers and memories power up with; "
                   "nothing may depend on it [default: 0, all of them 0]")
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
  std::string page;
  bool exact = false;
};

Json jsonOf(const PartCosimulation &part) {
  const Cosimulation &both = part.cosimulation;
  const report::CosimErrors errors = report::errorsOf(both);
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
  for (const report::CosimLayer &layer : errors.layers)
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
  const report::CosimErrors errors = report::errorsOf(both);
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
    fmt::print(
        dataFile(),
        "times    differ: {} cycles by the model, {} by the hardware "
        "({}); {} commands at other times, {} of other cycles, by {:+} "
        "at most\n",
        both.modelCycles, both.hardwareCycles,
        percent(static_cast<int64_t>(both.hardwareCycles - both.modelCycles),
                both.modelCycles),
        errors.otherTimes, errors.otherCycles, errors.greatestError);
  for (const report::CosimLayer &layer : errors.layers)
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
  const std::vector<Tensor> given = makeInputs(loaded, model, source);
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
  if (!page.empty())
    if (llvm::Error error = writeFile(page, [&](llvm::raw_ostream &os) {
          report::writeCosimHtml(os, parts,
                                 llvm::sys::path::filename(model.model).str());
        }))
      fail(std::move(error), FaultKind::usage);
  bool isEqual = true, isExact = true;
  Json answer = {{"parts", Json::array()}};
  for (const PartCosimulation &part : parts) {
    const Cosimulation &both = part.cosimulation;
    isEqual &= !both.difference.has_value();
    isExact &= report::errorsOf(both).otherTimes == 0 &&
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
