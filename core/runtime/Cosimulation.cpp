// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks an executable to run on model and hardware, and checks the answer.

#include "core/runtime/Cosimulation.h"

#include "core/runtime/Answers.h"
#include "core/runtime/Executable.h"
#include "core/runtime/Host.h"

#include "llvm/ADT/STLExtras.h"

#include <glowplug/cosim.h>

#include <new>

namespace glowplug {
namespace {

/// Receives the records of one call and keeps the first broken rule.
struct CosimAnswers : Answers {
  Cosimulation result;
  bool hasRun = false;
  bool isOutOfMemory = false;

  bool afterRun(const char *kind) {
    if (!hasRun)
      complain(std::string(kind) + " comes before the run");
    return hasRun;
  }

  bool checkText(const char *what, const char *text) {
    if (text && *text)
      return true;
    complain(std::string(what) + " is " + (text ? "empty" : "NULL"));
    return false;
  }

  void addRun(const gp_cosim_run *given) {
    gp_cosim_run run;
    if (!read("gp_cosim_run", &run, given))
      return;
    if (hasRun)
      return complain("run is called twice");
    hasRun = true;
    result.modelCycles = run.model_cycles;
    result.hardwareCycles = run.hardware_cycles;
    result.modelNs = run.model_ns;
    result.hardwareNs = run.hardware_ns;
    result.commandsInHardware = run.commands_in_hardware;
  }

  void addUnit(const gp_cosim_unit *given) {
    gp_cosim_unit unit;
    if (!read("gp_cosim_unit", &unit, given) || !afterRun("unit") ||
        !checkText("the name of a unit", unit.name))
      return;
    if (llvm::is_contained(result.units, unit.name))
      return complain("unit '" + std::string(unit.name) + "' comes twice");
    result.units.emplace_back(unit.name);
  }

  void addLayer(const gp_cosim_layer *given) {
    gp_cosim_layer layer;
    if (!read("gp_cosim_layer", &layer, given) || !afterRun("layer") ||
        !checkText("the name of a layer", layer.name))
      return;
    if (!result.commands.empty())
      return complain("layer comes after a command");
    result.layers.emplace_back(layer.name);
  }

  void addCommand(const gp_cosim_command *given) {
    gp_cosim_command row;
    if (!read("gp_cosim_command", &row, given) || !afterRun("command") ||
        !checkText("the engine of a command", row.engine))
      return;
    const std::string title =
        "command " + std::to_string(result.commands.size());
    if (row.layer != GP_NO_LAYER && row.layer >= result.layers.size())
      return complain(title + " names layer " + std::to_string(row.layer) +
                      ", but there are " +
                      std::to_string(result.layers.size()));
    if (row.differs > 1)
      return complain(title + ": differs is " + std::to_string(row.differs) +
                      ", but needs to be 0 or 1");
    const Cosimulation::Times model{row.model_first_cycle,
                                    row.model_last_cycle},
        hardware{row.hardware_first_cycle, row.hardware_last_cycle};
    if (model.firstCycle > model.lastCycle ||
        model.lastCycle > result.modelCycles ||
        hardware.firstCycle > hardware.lastCycle ||
        hardware.lastCycle > result.hardwareCycles)
      return complain(title + " ends before it begins, or after the run");
    result.commands.push_back(
        {row.engine, row.layer, row.differs != 0, model, hardware});
  }

  void addDifference(const gp_cosim_difference *given) {
    gp_cosim_difference row;
    if (!read("gp_cosim_difference", &row, given) || !afterRun("difference") ||
        !checkText("the text of a difference", row.text) ||
        !checkText("the place of a difference", row.place))
      return;
    if (result.difference)
      return complain("difference is called twice");
    if (row.differing_bytes == 0 || row.differing_bytes > row.result_bytes ||
        row.got == row.want)
      return complain("a difference of " + std::to_string(row.differing_bytes) +
                      " of " + std::to_string(row.result_bytes) +
                      " bytes, of which " + "the first is " +
                      std::to_string(row.got) + " and should be " +
                      std::to_string(row.want));
    result.difference = {
        row.command,         row.text, row.place, row.result_bytes,
        row.differing_bytes, row.got,  row.want};
  }

  /// What can only be checked after the last call.
  void finish() {
    if (!hasRun)
      return complain("run is not called");
    if (result.commandsInHardware > result.commands.size())
      return complain("hardware did " +
                      std::to_string(result.commandsInHardware) + " of " +
                      std::to_string(result.commands.size()) + " commands");
    const auto first = llvm::find_if(
        result.commands, [](const auto &command) { return command.differs; });
    const auto number = static_cast<uint64_t>(first - result.commands.begin());
    if (result.difference.has_value() != (first != result.commands.end()) ||
        (result.difference && result.difference->command != number))
      complain("the difference is not that of the first command that differs");
  }

  /// Calls \p add; what runs out of memory must not leave through the plugin.
  template <auto add, typename T>
  static void receive(void *self, const T *record) {
    auto *answers = static_cast<CosimAnswers *>(self);
    try {
      (answers->*add)(record);
    } catch (const std::bad_alloc &) {
      answers->isOutOfMemory = true;
    }
  }
};

} // namespace

llvm::Expected<std::optional<Cosimulation>>
Executable::cosim(llvm::ArrayRef<gp_bytes> inputs,
                  const CosimRequest &request) {
  const auto *group = static_cast<const gp_cosim_group *>(
      backend->plugin->group(GP_GROUP_COSIM, GP_GROUP_COSIM_VERSION));
  if (!group)
    return std::nullopt;
  CosimAnswers answers;
  gp_cosim_sink sink = {};
  sink.struct_size = sizeof sink;
  sink.context = &answers;
  sink.run = CosimAnswers::receive<&CosimAnswers::addRun, gp_cosim_run>;
  sink.unit = CosimAnswers::receive<&CosimAnswers::addUnit, gp_cosim_unit>;
  sink.layer = CosimAnswers::receive<&CosimAnswers::addLayer, gp_cosim_layer>;
  sink.command =
      CosimAnswers::receive<&CosimAnswers::addCommand, gp_cosim_command>;
  sink.difference =
      CosimAnswers::receive<&CosimAnswers::addDifference, gp_cosim_difference>;
  gp_cosim_args args = {};
  args.struct_size = sizeof args;
  args.inputs = inputs.data();
  args.input_count = inputs.size();
  args.units = request.units.c_str();
  args.sink = &sink;
  args.seed = request.seed;
  args.lockstep = request.lockstep ? 1 : 0;
  if (request.waves) {
    args.waves = request.waves->file.c_str();
    args.first_wave = request.waves->firstCommand;
    args.last_wave = request.waves->lastCommand;
  }
  std::lock_guard lock(mutex);
  if (llvm::Error error = callPlugin(backend->name(), "cosim", [&] {
        return group->cosim(handle, &args);
      }))
    return std::move(error);
  if (answers.isOutOfMemory)
    return backendError(backend->name(), GP_OUT_OF_MEMORY,
                        "cosim: the host cannot hold the records");
  answers.finish();
  if (!answers.problem.empty())
    return brokenRule(backend->name(), "cosim", answers.problem);
  return std::move(answers.result);
}

} // namespace glowplug
