// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug profile: runs a model on samples and writes down what its values
// look like.

#include "core/host/loops/ProfileModel.h"
#include "core/support/WriteFile.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Model.h"

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
    backends.addIsolation(app);
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

} // namespace

Status ProfileVerb::run() {
  const Samples samples = parseSamples(inputs);
  Progress progress;
  const MeasureSetup setup{buildOptions(model, backends, threads, &progress),
                           samples, progress};
  const OnnxFile file = orFail(OnnxFile::read(setup.build.request.model));
  ProfiledModel profiled = orFail(profileModel(file, setup));
  ptq::Profile &profile = profiled.profile;
  profile.inputs = inputs;
  const std::string text = ptq::profileText(profile);
  if (llvm::Error error =
          writeFile(output, [&](llvm::raw_ostream &os) { os << text; }))
    fail(std::move(error), FaultKind::usage);
  if (json)
    printJson({{"file", output},
               {"model_sha256", profile.modelSha256},
               {"backend", profiled.backends},
               {"samples", profile.samples},
               {"tensors", profile.tensors.size()},
               {"run_ms", profiled.runMs}});
  else
    fmt::print(dataFile(), "{}: {} tensors over {} samples, run on {}\n",
               output, profile.tensors.size(), profile.samples,
               profiled.backends);
  return done;
}

std::unique_ptr<Verb> cli::addProfile(CLI::App &app) {
  return std::make_unique<ProfileVerb>(*app.add_subcommand(
      "profile", "run a model on samples and write down its ranges"));
}
