// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug reduce: the smallest program that a backend gets wrong, as files.

#include "core/locate/Reduce.h"
#include "core/locate/WriteCase.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Locate.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class ReduceVerb : public Verb {
public:
  explicit ReduceVerb(CLI::App &app) {
    model.addModel(app, "MODEL");
    app.add_option("-o,--output", folder,
                   "folder for the case, which is made [default: repro]")
        ->type_name("DIR");
    backends.add(app);
    app.add_option("--inputs", inputs,
                   "folder of input_0.pb, ..., or random:SEED [default: "
                   "random:0]")
        ->type_name("DIR");
    app.add_option("--threads", threads, "how many to run on [default: 1]")
        ->type_name("N")
        ->check(CLI::Range(1u, 1024u));
    backends.addNpu(app);
    backends.isolation.calls = IsolatedCalls::all; // some cut may crash
    backends.addIsolation(app);
    model.addImport(app);
    addJson(app, json);
    setHelp(app, {" MODEL.onnx --backend NAME [options]",
                  {"model.onnx --backend mine -o repro",
                   "model.onnx --plugin mine.so --backend mine --inputs DIR"},
                  "0 the case is written, 1 model at fault, 2 wrong usage, 3 "
                  "backend failed,\n  5 nothing is wrong",
                  "compile"});
  }

  Status run() override;

private:
  std::vector<BackendOption> optionsOf(const std::string &backend) const;

  ModelOptions model;
  BackendOptions backends;
  std::string folder = "repro";
  std::string inputs = "random:0";
  unsigned threads = 1;
};

} // namespace

/// How \p backend was opened.
std::vector<BackendOption>
ReduceVerb::optionsOf(const std::string &backend) const {
  std::vector<BackendOption> result;
  for (const NamedOption &named : backends.setOptions().options)
    if (named.backend == backend)
      result.push_back(named.option);
  return result;
}

Status ReduceVerb::run() {
  const InputSource source = parseInputs(inputs);
  BackendSet set = backends.makeSet();
  Located located = locateWrongOp(model, backends, set, source, threads);
  if (!located.result.location)
    fail(notComparable, locationText(located.result));

  Location &location = *located.result.location;
  const std::string backend = location.wrong.program.backend;
  Progress progress;
  progress.task("making the case smaller");
  const std::shared_ptr<ProgramBackend> opened = orFail(set.open(backend));
  const ReducedCase reduced =
      orFail(reduce(*opened, location.wrong, threads,
                    [&](const std::string &stage) { progress.begin(stage); }),
             FaultKind::resources);
  progress.task("");
  WriteCaseOptions options;
  options.folder = folder;
  options.backendOptions = optionsOf(backend);
  options.threads = threads;
  llvm::Error error = writeCase(reduced.wrong, options);
  if (!error)
    error = writeSchedule(*opened, reduced.wrong.program, folder);
  if (error)
    fail(std::move(error), FaultKind::usage);

  if (json) {
    printJson({{"folder", folder},
               {"ops", reduced.ops},
               {"programs", reduced.programs},
               {"locate", locationJson(located.result)}});
    return done;
  }
  fmt::print(dataFile(), "{}\n", locationText(located.result));
  fmt::print(dataFile(),
             "reduce   ops: {}; programs run: {}; in '{}' are repro.c, "
             "case.gpim and its tensors\n",
             reduced.ops, reduced.programs, folder);
  fmt::print(dataFile(),
             "         cc -std=c11 -I SDK/include {0}/repro.c -o {0}/repro "
             "-ldl && {0}/repro PLUGIN.so\n",
             folder);
  return done;
}

std::unique_ptr<Verb> cli::addReduce(CLI::App &app) {
  return std::make_unique<ReduceVerb>(*app.add_subcommand(
      "reduce", "write the smallest program that a backend gets wrong"));
}
