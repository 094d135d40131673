// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug run: runs a model once, and says whether the outputs are right.

#include "core/artifact/Read.h"
#include "core/driver/Compare.h"
#include "core/support/Sha256.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Differences.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Locate.h"
#include "tools/glowplug/Model.h"
#include "tools/glowplug/Simulation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <iostream>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class RunVerb : public Verb {
public:
  explicit RunVerb(CLI::App &app) {
    model.addModel(app, "MODEL");
    backends.add(app);
    app.add_option("--inputs", inputs,
                   "folder of input_0.pb, ..., or random:SEED [default: "
                   "random:0]")
        ->type_name("DIR");
    app.add_option("--compare", compare,
                   "with 'reference', or with a folder of output_0.pb, ...")
        ->type_name("WHAT");
    app.add_flag("--locate", wantLocation,
                 "if the comparison or the backend fails, find the wrong op");
    app.add_option("--outputs", outputFolder,
                   "write output_0.pb, ... into this folder, which is made")
        ->type_name("DIR");
    app.add_option("--threads", threads,
                   "how many to run on [default: all cores]")
        ->type_name("N")
        ->check(CLI::Range(1u, 1024u));
    backends.addNpu(app);
    simulation.add(app);
    model.addImport(app);
    model.addCache(app);
    backends.addIsolation(app);
    backends.addRequire(app);
    addJson(app, json);
    setHelp(app, {" MODEL.onnx|FILE.gpx [options]",
                  {"resnet50.onnx --compare reference --locate"},
                  "0 done, 1 model at fault, 2 wrong usage, 3 backend "
                  "failed, 4 outputs differ, 5 not comparable",
                  "compile"});
  }

  Status run() override;

private:
  Status runOnce();
  Comparison compareOutputs(const BuiltModel &loaded,
                            llvm::ArrayRef<Tensor> given,
                            llvm::ArrayRef<Tensor> outputs,
                            Progress &progress) const;
  void print(const BuiltModel &loaded, uint32_t variant,
             llvm::ArrayRef<Tensor> outputs,
             const std::optional<Comparison> &comparison,
             const std::optional<Located> &located,
             const std::optional<report::Report> &report, double runMs) const;
  Located locateWrong() const;

  ModelOptions model;
  BackendOptions backends;
  SimulationOptions simulation;
  std::string inputs = "random:0";
  std::string compare;
  std::string outputFolder;
  bool wantLocation = false;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
};

/// Expected outputs of a folder, which have to fit the model.
std::vector<Tensor> expectedOutputs(llvm::ArrayRef<PortInfo> ports,
                                    const std::string &folder) {
  std::vector<Tensor> result;
  for (NamedTensor &named :
       orFail(readTensorFolder(folder, "output"), FaultKind::usage))
    result.push_back(std::move(named.tensor));
  if (result.size() != ports.size())
    fail(comparisonFailed, "model has " + llvm::Twine(ports.size()) +
                               " outputs, but '" + folder + "' holds " +
                               llvm::Twine(result.size()));
  for (auto [port, tensor] : llvm::zip_equal(ports, result))
    if (!fits(port, tensor))
      fail(comparisonFailed, "output '" + port.name + "' is " + typeText(port) +
                                 ", but expected is " + tensor.typeString());
  return result;
}

} // namespace

Comparison RunVerb::compareOutputs(const BuiltModel &loaded,
                                   llvm::ArrayRef<Tensor> given,
                                   llvm::ArrayRef<Tensor> outputs,
                                   Progress &progress) const {
  if (compare != "reference")
    return compareWithFiles(
        outputs,
        expectedOutputs(loaded.session->interface().outputs(orFail(
                            loaded.session->interface().variantFor(given))),
                        compare));
  progress.begin("running the reference interpreter");
  ReferenceOutputs expected =
      orFail(runReference(loaded.compiled.reference, given, threads));
  progress.end();
  return compareWithReference(outputs, expected);
}

Located RunVerb::locateWrong() const {
  BackendOptions isolated = backends;
  if (isolated.isolation.calls == IsolatedCalls::compile)
    isolated.isolation.calls = IsolatedCalls::all; // some cut may crash
  isolated.goesOn = false;
  BackendSet set = isolated.makeSet();
  return locateWrongOp(model, isolated, set, parseInputs(inputs), threads);
}

Status RunVerb::run() {
  if (!wantLocation)
    return runOnce();
  if (compare != "reference")
    fail(wrongUsage, "--locate needs --compare reference");
  try {
    return runOnce();
  } catch (const Exit &exit) {
    if (exit.status != backendFailed)
      throw;
    fail(exit.status, exit.message + "\n" + locationText(locateWrong().result));
  }
}

Status RunVerb::runOnce() {
  const bool withReference = compare == "reference";
  if (!compare.empty() && !withReference &&
      !llvm::sys::fs::is_directory(compare))
    fail(wrongUsage, "--compare needs 'reference' or a folder, but '" +
                         compare + "' is neither");
  const InputSource source = parseInputs(inputs);
  BackendSet set = backends.makeSet(looksLikeArtifact(model.model));
  Progress progress;
  LoadOptions load;
  load.wantReference = withReference;
  load.inputs = &source;
  BuiltModel loaded = loadModel(model, backends, set, threads, load, &progress);
  if (withReference && loaded.isArtifact)
    fail(wrongUsage, "--compare reference needs the model: '" + model.model +
                         "' holds only what was compiled from it");

  const std::vector<Tensor> given = makeInputs(loaded, model, source);
  progress.begin("running");
  const Stopwatch watch;
  const std::vector<Tensor> outputs = orFail(loaded.session->run(given));
  const double runMs = watch.ms();
  progress.end();
  const uint32_t variant =
      orFail(loaded.session->interface().variantFor(given));
  if (!outputFolder.empty())
    writeOutputs(outputFolder, loaded.session->outputs(), outputs);

  const std::optional<report::Report> report =
      reportRun(*loaded.session, simulation,
                llvm::sys::path::filename(model.model).str(), json);
  std::optional<Comparison> comparison;
  if (!compare.empty())
    comparison = compareOutputs(loaded, given, outputs, progress);
  std::optional<Located> located;
  if (wantLocation && !comparison->pass())
    located = locateWrong();
  print(loaded, variant, outputs, comparison, located, report, runMs);
  return comparison ? statusOf(comparison->verdict()) : done;
}

void RunVerb::print(const BuiltModel &loaded, uint32_t variant,
                    llvm::ArrayRef<Tensor> outputs,
                    const std::optional<Comparison> &comparison,
                    const std::optional<Located> &located,
                    const std::optional<report::Report> &report,
                    double runMs) const {
  llvm::ArrayRef<PortInfo> ports = loaded.session->interface().outputs(variant);
  if (json) {
    Json answer = {{"backend", loaded.backends()}, {"outputs", Json::array()}};
    addVariant(answer, loaded, variant);
    for (auto [port, tensor] : llvm::zip_equal(ports, outputs))
      answer["outputs"].push_back(
          {{"name", port.name},
           {"shape",
            std::vector<int64_t>(port.shape.begin(), port.shape.end())},
           {"dtype", dtypeName(port.dtype).str()},
           {"sha256", sha256Text(sha256(tensor.bytes()))}});
    answer["op_counts"] = opCountsJson(loaded);
    if (comparison)
      answer["compare"] = comparisonJson(ports, *comparison);
    if (located)
      answer["locate"] = locationJson(located->result);
    answer["cached"] = loaded.isCached;
    answer["compile_ms"] = loaded.compileMs;
    answer["load_ms"] = loaded.loadMs;
    answer["run_ms"] = runMs;
    if (report)
      addFigures(answer, *report);
    return printJson(answer);
  }
  printVariant(loaded, variant);
  for (auto [port, tensor] : llvm::zip_equal(ports, outputs))
    fmt::print(dataFile(), "output   {} {} sha256 {}\n", port.name,
               typeText(port), sha256Text(sha256(tensor.bytes())));
  printOpCounts(loaded);
  if (comparison)
    printComparison(ports, *comparison);
  if (located)
    fmt::print(dataFile(), "{}\n", locationText(located->result));
  if (report)
    printFigures(*report);
  fmt::print(dataFile(),
             "time     compile {:.0f} ms, load {:.0f} ms, run {:.2f} ms on "
             "{}\n",
             loaded.compileMs, loaded.loadMs, runMs, loaded.backends());
}

std::unique_ptr<Verb> cli::addRun(CLI::App &app) {
  return std::make_unique<RunVerb>(
      *app.add_subcommand("run", "run a model once, and compare its outputs"));
}
