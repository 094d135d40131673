// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug inspect: says what is in a file of the project, or in a model.

#include "core/artifact/Read.h"
#include "core/artifact/Variants.h"
#include "core/image/Verify.h"
#include "core/image/instr/Verify.h"
#include "core/support/Sha256.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Flat.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/InspectModel.h"
#include "tools/glowplug/Model.h"
#include "tools/glowplug/Timeline.h"

#include "llvm/Support/FileSystem.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class InspectVerb : public Verb {
public:
  explicit InspectVerb(CLI::App &app) {
    model.addModel(app, "FILE");
    app.add_flag("--timeline", wantTimeline,
                 "when instructions run: of a .gpin, or of the instr programs "
                 "of a model");
    app.add_flag("--text", wantText,
                 "the same programs in full, as the text of their IR");
    app.add_option("--machine", machine,
                   "machine description that a .gpin is for")
        ->type_name("FILE.gpmd");
    backends.add(app);
    backends.addNpu(app);
    model.addImport(app);
    backends.addIsolation(app);
    addJson(app, json);
    setHelp(app, {" FILE.gpx|.onnx|.gpin|.gpim|.gpmd [options]",
                  {"resnet50.gpx", "resnet50.onnx --dim N=1 --json",
                   "int8.onnx --backend npu-sim --timeline",
                   "part0.gpin --machine part0.gpmd --text"},
                  "0 done, 1 the file is at fault, 2 wrong usage, 3 a backend "
                  "failed",
                  "compile"});
  }

  Status run() override;

private:
  void printArtifact(const Json &answer) const;
  void inspectModel() const;
  void inspectFlat(FlatKind kind) const;
  void inspectInstr() const;
  void inspectSchedules() const;

  ModelOptions model;
  BackendOptions backends;
  std::string machine;
  bool wantTimeline = false;
  bool wantText = false;
};

std::string text(const flatbuffers::String *string) {
  return string ? string->str() : std::string();
}

/// Sizes that vary stand by their names, or as "?".
Json portsOf(llvm::ArrayRef<PortInfo> ports) {
  Json result = Json::array();
  for (const PortInfo &port : ports) {
    Json shape = Json::array();
    for (auto [i, size] : llvm::enumerate(port.shape)) {
      if (size >= 0)
        shape.push_back(size);
      else
        shape.push_back(port.dimNames[i].empty() ? "?" : port.dimNames[i]);
    }
    Json entry = {{"name", port.name},
                  {"shape", std::move(shape)},
                  {"dtype", dtypeName(port.dtype).str()}};
    if (port.bound)
      entry["bound"] = true;
    result.push_back(std::move(entry));
  }
  return result;
}

Json variantsOf(const Artifact &artifact) {
  const artifact::Plan &plan = artifact.plan();
  Json result = Json::array();
  for (uint32_t i = 0; i < plan.variants()->size(); ++i) {
    const artifact::Body &body = artifact.body(i);
    Json dims = Json::object();
    for (uint32_t dim = 0; plan.dims() && dim < plan.dims()->size(); ++dim)
      dims[text(plan.dims()->Get(dim)->name())] = keyOf(plan, i, dim);
    result.push_back({{"dims", std::move(dims)},
                      {"steps", body.steps() ? body.steps()->size() : 0},
                      {"boundary_bytes", body.arena_bytes()}});
  }
  return result;
}

Json partsOf(const Artifact &artifact) {
  Json result = Json::array();
  const auto *parts = artifact.plan().parts();
  for (uint32_t i = 0; parts && i < parts->size(); ++i) {
    const artifact::Part &part = *parts->Get(i);
    uint64_t constants = 0;
    if (part.segments())
      for (uint32_t section : *part.segments())
        constants += artifact.section(section).size();
    result.push_back({{"backend", text(part.backend())},
                      {"backend_version", text(part.backend_version())},
                      {"target", text(part.target())},
                      {"requirement", text(part.requirement())},
                      {"ops", part.ops()},
                      {"blob_bytes", artifact.section(part.blob()).size()},
                      {"constant_bytes", constants},
                      {"workspace_bytes", part.workspace_bytes()}});
  }
  return result;
}

Json describe(const Artifact &artifact, const std::string &file) {
  const artifact::Plan &plan = artifact.plan();
  const ModelInterface ports = orFail(ModelInterface::of(artifact));
  uint64_t steps = 0, boundary = 0; // of all variants; of the largest
  for (uint32_t i = 0; i < ports.variantCount(); ++i) {
    const artifact::Body &body = artifact.body(i);
    steps += body.steps() ? body.steps()->size() : 0;
    boundary = std::max<uint64_t>(boundary, body.arena_bytes());
  }
  uint64_t bytes = 0;
  if (llvm::sys::fs::file_size(file, bytes))
    bytes = 0;
  Json settings = Json::array();
  for (uint32_t i = 0; plan.settings() && i < plan.settings()->size(); ++i)
    settings.push_back(text(plan.settings()->Get(i)->key()) + " " +
                       text(plan.settings()->Get(i)->value()));
  std::string modelHash;
  if (plan.model_sha256())
    for (uint8_t byte : *plan.model_sha256())
      modelHash += fmt::format("{:02x}", byte);
  Json answer = {{"kind", "program"},
                 {"name", text(plan.name())},
                 {"producer", text(plan.producer())},
                 {"model_sha256", modelHash},
                 {"bytes", bytes},
                 {"sections", artifact.sectionCount() + 1},
                 {"inputs", portsOf(ports.inputs())},
                 {"outputs", portsOf(ports.outputs())},
                 {"parts", partsOf(artifact)},
                 {"steps", steps},
                 {"boundary_bytes", boundary},
                 {"settings", settings}};
  if (hasVariants(plan))
    answer["variants"] = variantsOf(artifact);
  return answer;
}

std::string typeOf(const Json &port) {
  std::vector<std::string> dims;
  for (const Json &dim : port["shape"])
    dims.push_back(dim.is_string() ? dim.get<std::string>() : dim.dump());
  return fmt::format("{}[{}]", port["dtype"].get<std::string>(),
                     fmt::join(dims, ","));
}

void printPorts(const char *title, const Json &ports) {
  for (const Json &port : ports)
    fmt::print(dataFile(), "{:<9}{} {}{}\n", title,
               port["name"].get<std::string>(), typeOf(port),
               port.contains("bound") ? ", bound" : "");
}

} // namespace

void InspectVerb::printArtifact(const Json &answer) const {
  fmt::print(dataFile(), "program  {}, by {}, {} bytes\n",
             answer["name"].get<std::string>(),
             answer["producer"].get<std::string>(),
             answer["bytes"].get<uint64_t>());
  printPorts("input", answer["inputs"]);
  printPorts("output", answer["outputs"]);
  for (const Json &part : answer["parts"])
    fmt::print(dataFile(),
               "part     {} {} for {}: {} ops, code {} bytes, constants {} "
               "bytes, workspace {} bytes\n",
               part["backend"].get<std::string>(),
               part["backend_version"].get<std::string>(),
               part["target"].get<std::string>(), part["ops"].get<uint64_t>(),
               part["blob_bytes"].get<uint64_t>(),
               part["constant_bytes"].get<uint64_t>(),
               part["workspace_bytes"].get<uint64_t>());
  if (answer.contains("variants"))
    for (const Json &variant : answer["variants"]) {
      std::vector<std::string> sizes;
      for (const auto &[name, size] : variant["dims"].items())
        sizes.push_back(name + "=" + size.dump());
      fmt::print(dataFile(), "variant  {}\n", fmt::join(sizes, ", "));
    }
  fmt::print(dataFile(), "memory   {} bytes between parts\n",
             answer["boundary_bytes"].get<uint64_t>());
  for (const Json &setting : answer["settings"])
    fmt::print(dataFile(), "setting  {}\n", setting.get<std::string>());
}

void InspectVerb::inspectModel() const {
  const Json answer = describeModel(model, backends);
  if (json)
    return printJson(answer);
  printPorts("input", answer["inputs"]);
  printPorts("output", answer["outputs"]);
  printModel(answer);
}

void InspectVerb::inspectInstr() const {
  if (machine.empty())
    fail(wrongUsage, "'" + model.model +
                         "' is an instr program: name its machine with "
                         "--machine FILE.gpmd");
  const InstrProgram program = readInstr(model.model, machine);
  if (wantText) {
    fmt::print(
        dataFile(), "{}",
        orFail(theCompiler())->instrText(program.program, program.machine));
    return;
  }
  const Json full = flatJson(FlatKind::instr, program.program);
  if (!json) {
    printInstr(program, wantTimeline);
    if (!wantTimeline)
      printInstructions(full, flatJson(FlatKind::machine, program.machine));
    return;
  }
  Json answer = describeInstr(program, wantTimeline);
  answer["kind"] = "instr";
  answer["program"] = full;
  printJson(answer);
}

/// A file that says all about itself.
void InspectVerb::inspectFlat(FlatKind kind) const {
  const std::string &file = model.model;
  if (wantTimeline || wantText || !machine.empty())
    fail(wrongUsage, "'" + file +
                         "' is not an instr program: --timeline, --text and "
                         "--machine have no effect");
  const AlignedBytes bytes = readBytes(file);
  const bool isImage = kind == FlatKind::image;
  if (llvm::Error error = isImage ? verifyImage(bytes) : verifyMachine(bytes))
    fail(modelFault, file + ": " + llvm::toString(std::move(error)));
  const Json content = flatJson(kind, bytes);
  if (json) {
    Json answer = {{"kind", isImage ? "image" : "machine"}};
    answer.update(content);
    return printJson(answer);
  }
  isImage ? printImage(content) : printMachine(content);
}

/// Asks the backends of a model for their instr programs.
void InspectVerb::inspectSchedules() const {
  BackendSet set = backends.makeSet();
  BuiltModel loaded;
  {
    Progress progress;
    LoadOptions load;
    load.wantInstr = true;
    loaded = compileModel(model, backends, set, load, &progress);
  }
  if (loaded.compiled.scheduled.empty())
    fail(wrongUsage, "no backend of " + loaded.backends() +
                         " gives instr programs, so there is nothing to show; "
                         "'run --trace' shows one of backends that count "
                         "cycles");
  Json parts = Json::array();
  for (const ScheduledPart &part : loaded.compiled.scheduled) {
    if (wantText) {
      fmt::print(dataFile(), "// part {} on {}\n{}", part.part, part.backend,
                 orFail(theCompiler())
                     ->instrText(part.instr.program, part.instr.machine));
      continue;
    }
    if (json) {
      Json entry = {{"part", part.part}, {"backend", part.backend}};
      entry.update(describeInstr(part.instr, wantTimeline));
      parts.push_back(std::move(entry));
      continue;
    }
    fmt::print(dataFile(), "part     {} on {}\n", part.part, part.backend);
    printInstr(part.instr, wantTimeline);
  }
  if (json)
    printJson({{"kind", "instr"}, {"parts", std::move(parts)}});
}

Status InspectVerb::run() {
  const std::string &file = model.model;
  if (!llvm::sys::fs::exists(file))
    fail(wrongUsage, "there is no file '" + file + "'");
  const FlatKind kind = flatKindOf(file);
  if (kind == FlatKind::instr) {
    inspectInstr();
    return done;
  }
  if (kind != FlatKind::none) {
    inspectFlat(kind);
    return done;
  }
  if (!machine.empty())
    fail(wrongUsage,
         "'" + file + "' is not an instr program: --machine has no effect");
  const bool isArtifact = looksLikeArtifact(file);
  const bool wantInstr = wantTimeline || wantText;
  if (isArtifact && wantInstr)
    fail(wrongUsage,
         "'" + file + "' holds code: " + (wantText ? "--text" : "--timeline") +
             " needs the model and its --backend, or a .gpin");
  if (!isArtifact && wantInstr) {
    inspectSchedules();
    return done;
  }
  if (!isArtifact && llvm::StringRef(file).ends_with(".onnx")) {
    inspectModel();
    return done;
  }
  const Json answer = describe(orFail(readArtifact(file)), file);
  if (json)
    printJson(answer);
  else
    printArtifact(answer);
  return done;
}

std::unique_ptr<Verb> cli::addInspect(CLI::App &app) {
  return std::make_unique<InspectVerb>(*app.add_subcommand(
      "inspect", "say what is in a compiled model, or what a model needs"));
}
