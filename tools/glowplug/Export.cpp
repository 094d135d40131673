// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug export: writes a part of a model as files for bare hardware.

#include "core/artifact/Read.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Model.h"
#include "tools/glowplug/PartFiles.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class ExportVerb : public Verb {
public:
  explicit ExportVerb(CLI::App &app) {
    model.addModel(app, "MODEL");
    app.add_option("DIR", folder,
                   "folder to write, which is made; it must be empty")
        ->required();
    backends.add(app);
    app.add_option("--part", wanted,
                   "number of the part, if there are several that can be "
                   "exported")
        ->type_name("N");
    app.add_option("--inputs", inputs,
                   "folder of input_0.pb, ..., or random:SEED: what the inputs "
                   "of the part are written from [default: random:0]")
        ->type_name("DIR");
    backends.addNpu(app);
    model.addImport(app);
    model.addCache(app);
    backends.addIsolation(app);
    backends.addRequire(app);
    addJson(app, json);
    setHelp(app, {" MODEL.onnx|FILE.gpx DIR [options]",
                  {"model.gpx part"},
                  "0 done, 1 model at fault, 2 wrong usage, or nothing can be "
                  "exported,\n  3 backend failed"});
  }

  Status run() override;

private:
  const PartReplay &choose(llvm::ArrayRef<PartReplay> parts,
                           const std::string &backends) const;

  ModelOptions model;
  BackendOptions backends;
  std::string folder;
  std::string inputs = "random:0";
  std::optional<uint32_t> wanted;
};

} // namespace

/// The part that is asked for, or the only one.
const PartReplay &ExportVerb::choose(llvm::ArrayRef<PartReplay> parts,
                                     const std::string &backends) const {
  if (parts.empty())
    fail(wrongUsage, "no backend of '" + model.model +
                         "' tells what a run is for its hardware (the group "
                         "'replay'); backends: " +
                         backends);
  const std::string numbers = fmt::format(
      "{}",
      fmt::join(llvm::map_range(
                    parts, [](const PartReplay &part) { return part.part; }),
                ", "));
  if (!wanted && parts.size() == 1)
    return parts.front();
  if (!wanted)
    fail(wrongUsage, "--part needs to be one of " + numbers);
  for (const PartReplay &part : parts)
    if (part.part == *wanted)
      return part;
  fail(wrongUsage, "--part needs to be one of " + numbers + ", but got " +
                       std::to_string(*wanted));
}

Status ExportVerb::run() {
  if (backends.isolation.calls == IsolatedCalls::all)
    fail(wrongUsage, "export asks plugins in this process: --isolate all has "
                     "no replays");
  const InputSource source = parseInputs(inputs);
  BackendSet set = backends.makeSet(looksLikeArtifact(model.model));
  Progress progress;
  LoadOptions load;
  load.inputs = &source;
  BuiltModel loaded = loadModel(model, backends, set, 1, load, &progress);
  const std::vector<Tensor> given = makeInputs(loaded, model, source);
  progress.begin("running");
  const std::vector<PartReplay> parts = orFail(loaded.session->replays(given));
  progress.end();
  const PartReplay &part = choose(parts, loaded.backends());
  if (llvm::Error error =
          writePart(part, llvm::sys::path::stem(model.model).str(), folder))
    fail(std::move(error));
  const Replay &replay = part.replay;
  const uint64_t commands = replay.commands.size() / replay.commandBytes;
  if (json)
    printJson({{"folder", folder},
               {"part", part.part},
               {"backend", part.backend},
               {"commands", commands},
               {"memory_bytes", replay.memoryBytes}});
  else
    fmt::print(dataFile(),
               "part     {} on {}: {} commands, {} bytes of memory\n"
               "written  {}\n",
               part.part, part.backend, commands, replay.memoryBytes, folder);
  return done;
}

std::unique_ptr<Verb> cli::addExport(CLI::App &app) {
  return std::make_unique<ExportVerb>(*app.add_subcommand(
      "export", "write a part of a model as files for bare hardware"));
}
