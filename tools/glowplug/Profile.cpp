// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug profile: runs a model on samples and writes down what its values
// look like.

#include "core/quantize/ptq/Quantize.h"
#include "core/reference/Parallel.h"
#include "core/support/WriteFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Quantization.h"
#include "tools/glowplug/Samples.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class ProfileVerb : public Verb {
public:
  explicit ProfileVerb(CLI::App &app) {
    model.addModel(app, "MODEL");
    app.add_option("-o", output, "write the profile here")
        ->type_name("FILE")
        ->required();
    app.add_option("--inputs", inputs,
                   "samples: folder, or random:SEED[xCOUNT] [default: "
                   "random:0]")
        ->type_name("DIR");
    backends.add(app);
    app.add_option("--threads", threads,
                   "how many to run on [default: all cores]")
        ->type_name("N")
        ->check(CLI::Range(1u, 1024u));
    model.addImport(app);
    addJson(app, json);
    setHelp(app, {" MODEL.onnx -o FILE [options]",
                  {"resnet50.onnx --inputs samples -o resnet50.profile",
                   "resnet50.onnx --inputs random:0x16 -o resnet50.profile"},
                  "0 done, 1 the model is at fault, 2 wrong usage, 3 a backend "
                  "failed"});
  }

  Status run() override;

private:
  ModelOptions model;
  BackendOptions backends;
  std::string output;
  std::string inputs = "random:0";
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
};

/// A tensor that is an input or output of the session.
struct Watched {
  std::string name;
  bool isInput;
  size_t port;
  ptq::TensorCollector collector;
};

/// The f32 tensors among \p tensors, and where to see them.
std::vector<Watched> findTensors(const Session &session,
                                 llvm::ArrayRef<ptq::ProfiledTensor> tensors) {
  std::vector<Watched> result;
  for (const ptq::ProfiledTensor &tensor : tensors)
    for (bool isInput : {true, false}) {
      auto ports = isInput ? session.inputs() : session.outputs();
      auto port = llvm::find_if(ports, [&](const PortInfo &candidate) {
        return candidate.name == tensor.name;
      });
      if (port == ports.end())
        continue;
      if (port->dtype == DType::f32 && !port->bound)
        result.push_back(
            {tensor.name, isInput, static_cast<size_t>(port - ports.begin()),
             ptq::TensorCollector(
                 port->shape, tensor.channelAxis(
                                  static_cast<int64_t>(port->shape.size())))});
      break;
    }
  return result;
}

} // namespace

Status ProfileVerb::run() {
  const Samples samples = Samples::parse(inputs);
  const OnnxFile file = OnnxFile::read(model.model);
  llvm::Expected<std::vector<ptq::ProfiledTensor>> found =
      ptq::profiledTensors(file.graph.model());
  if (!found)
    fail(modelFault, model.model + ": " + llvm::toString(found.takeError()));
  const std::vector<ptq::ProfiledTensor> tensors = std::move(*found);
  BackendSet set = backends.makeSet();
  Progress progress;
  const InputSource first = samples.first();
  LoadOptions load;
  load.inputs = &first;
  for (const ptq::ProfiledTensor &tensor : tensors)
    if (!file.graph.isInput(tensor.name))
      load.extraOutputs.push_back(tensor.name);
  const LoadedModel loaded =
      loadModel(model, backends, set, threads, load, &progress);
  std::vector<Watched> watched = findTensors(*loaded.session, tensors);

  progress.begin("profiling");
  std::vector<Tensor> outputs = orFail(loaded.session->makeOutputs());
  const Stopwatch watch;
  ptq::Profile profile;
  profile.samples =
      samples.forEach(*loaded.session, [&](llvm::ArrayRef<Tensor> given) {
        if (llvm::Error error = loaded.session->run(given, outputs))
          fail(std::move(error));
        // Each tensor is gathered by one thread, so nothing depends on how
        // many there are.
        reference::parallelFor(
            threads, static_cast<int64_t>(watched.size()), 1,
            [&](int64_t begin, int64_t end) {
              for (int64_t i = begin; i < end; ++i) {
                Watched &tensor = watched[static_cast<size_t>(i)];
                tensor.collector.add(tensor.isInput ? given[tensor.port]
                                                    : outputs[tensor.port]);
              }
            });
      });
  progress.end();
  profile.modelSha256 = file.sha256;
  profile.inputs = inputs;
  for (Watched &tensor : watched)
    profile.tensors.emplace(tensor.name, std::move(tensor.collector).finish());
  const std::string text = ptq::profileText(profile);
  if (llvm::Error error =
          writeFile(output, [&](llvm::raw_ostream &os) { os << text; }))
    fail(std::move(error), FaultKind::usage);
  if (json)
    printJson({{"file", output},
               {"model_sha256", profile.modelSha256},
               {"backend", loaded.backends()},
               {"samples", profile.samples},
               {"tensors", profile.tensors.size()},
               {"run_ms", watch.ms()}});
  else
    fmt::print("{}: {} tensors over {} samples, run on {}\n", output,
               profile.tensors.size(), profile.samples, loaded.backends());
  return done;
}

std::unique_ptr<Verb> cli::addProfile(CLI::App &app) {
  return std::make_unique<ProfileVerb>(*app.add_subcommand(
      "profile", "run a model on samples and write down its ranges"));
}
