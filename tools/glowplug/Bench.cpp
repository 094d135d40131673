// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug bench: measures how long a model runs.

#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Model.h"

#include <fmt/format.h>

#include <algorithm>
#include <sys/resource.h>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class BenchVerb : public Verb {
public:
  explicit BenchVerb(CLI::App &app) {
    model.addModel(app, "MODEL");
    backends.add(app);
    app.add_option("--inputs", inputs,
                   "folder of input_0.pb, ..., or random:SEED [default: "
                   "random:0]")
        ->type_name("DIR");
    app.add_option("--threads", threads,
                   "how many to run on [default: all cores]")
        ->type_name("N")
        ->check(CLI::Range(1u, 1024u));
    app.add_option("--runs", runs,
                   "how many to measure, after two that are not [default: 20]")
        ->type_name("N")
        ->check(CLI::Range(1u, 1000000u));
    model.addImport(app);
    model.addCache(app);
    backends.addIsolation(app);
    backends.addRequire(app);
    addJson(app, json);
    setHelp(app,
            {" MODEL.onnx|FILE.gpx [options]",
             {"resnet50.onnx --threads 1", "resnet50.gpx --runs 100 --json"},
             "0 done, 1 the model is at fault, 2 wrong usage, 3 a "
             "backend failed"});
  }

  Status run() override;

private:
  ModelOptions model;
  BackendOptions backends;
  std::string inputs = "random:0";
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  unsigned runs = 20;
};

} // namespace

Status BenchVerb::run() {
  const InputSource source = parseInputs(inputs);
  BackendSet set = backends.makeSet();
  std::vector<double> times;
  std::optional<Progress> progress(std::in_place);
  LoadOptions load;
  load.inputs = &source;
  BuiltModel loaded =
      loadModel(model, backends, set, threads, load, &*progress);
  const std::vector<Tensor> given = makeInputs(loaded, model, source);
  const uint32_t variant =
      orFail(loaded.session->interface().variantFor(given));
  std::vector<Tensor> outputs = orFail(loaded.session->makeOutputs(variant));
  constexpr unsigned warmUps = 2;
  progress->begin("running " + std::to_string(warmUps + runs) + " times");
  for (unsigned i = 0; i < warmUps + runs; ++i) {
    const Stopwatch watch;
    if (llvm::Error error = loaded.session->run(given, outputs))
      fail(std::move(error));
    if (i >= warmUps)
      times.push_back(watch.ms());
  }
  progress.reset();

  std::sort(times.begin(), times.end());
  // The smallest time that a given share of the runs does not exceed.
  auto quantile = [&](unsigned percent) {
    return times[(times.size() * percent + 99) / 100 - 1];
  };
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const uint64_t peakBytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  const uint64_t boundary = loaded.session->boundaryBytes();
  const uint64_t workspace = loaded.session->workspaceBytes();
  if (json) {
    Json answer = {{"backend", loaded.backends()},
                   {"op_counts", opCountsJson(loaded)},
                   {"threads", threads},
                   {"runs", runs},
                   {"min_ms", times.front()},
                   {"median_ms", quantile(50)},
                   {"p90_ms", quantile(90)},
                   {"compile_ms", loaded.compileMs},
                   {"load_ms", loaded.loadMs},
                   {"peak_rss_bytes", peakBytes},
                   {"arena_bytes", boundary + workspace},
                   {"boundary_bytes", boundary},
                   {"workspace_bytes", workspace}};
    addVariant(answer, loaded, variant);
    printJson(answer);
    return done;
  }
  printVariant(loaded, variant);
  fmt::print(dataFile(),
             "run      min {:.3f} ms, median {:.3f} ms, p90 {:.3f} ms; {} "
             "runs on {}, {} thread{}\n",
             times.front(), quantile(50), quantile(90), runs, loaded.backends(),
             threads, threads == 1 ? "" : "s");
  printOpCounts(loaded);
  fmt::print(dataFile(), "before   compile {:.0f} ms, load {:.0f} ms\n",
             loaded.compileMs, loaded.loadMs);
  fmt::print(dataFile(), "memory   arena {} bytes, peak {} bytes\n",
             boundary + workspace, peakBytes);
  return done;
}

std::unique_ptr<Verb> cli::addBench(CLI::App &app) {
  return std::make_unique<BenchVerb>(
      *app.add_subcommand("bench", "measure how long a model runs"));
}
