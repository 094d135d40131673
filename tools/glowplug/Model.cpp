// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a file on the command line to a session.

#include "tools/glowplug/Model.h"

#include "core/artifact/Read.h"
#include "core/driver/RandomTensor.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace glowplug;
using namespace glowplug::cli;

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

InputSource InputSource::parse(const std::string &text) {
  InputSource source;
  llvm::StringRef rest = text;
  if (rest.consume_front("random:")) {
    if (rest.getAsInteger(10, source.seed))
      fail(wrongUsage,
           "--inputs needs a number after 'random:', but got '" + rest + "'");
    return source;
  }
  if (!llvm::sys::fs::is_directory(text))
    fail(wrongUsage, "--inputs needs random:SEED or a folder, but '" + text +
                         "' is neither");
  source.folder = text;
  source.tensors = orFail(readTensorFolder(text, "input"), FaultKind::usage);
  return source;
}

std::vector<Tensor> cli::makeInputs(const Session &session,
                                    const InputSource &source) {
  llvm::ArrayRef<PortInfo> ports = session.inputs();
  std::vector<Tensor> result(ports.size());
  if (source.folder.empty()) {
    for (auto [index, port] : llvm::enumerate(ports))
      if (!port.bound)
        result[index] =
            orFail(randomTensor(port.dtype, port.shape, source.seed, index));
    return result;
  }
  std::vector<std::string> names;
  for (const PortInfo &port : ports)
    names.push_back(port.name);
  for (auto [index, given] : llvm::enumerate(source.tensors)) {
    size_t position = index;
    if (!given.name.empty())
      position =
          static_cast<size_t>(llvm::find(names, given.name) - names.begin());
    if (position >= ports.size()) {
      if (given.name.empty())
        fail(wrongUsage, "model has " + llvm::Twine(ports.size()) +
                             " inputs, but '" + source.folder + "' holds more");
      const std::string near = nearestName(given.name, names);
      fail(wrongUsage,
           "model has no input '" + given.name + "'" +
               (near.empty() ? "; there are " + llvm::join(names, ", ")
                             : "; did you mean '" + near + "'?"));
    }
    result[position] = given.tensor;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

static Compiler &compiler() {
  static Compiler *const opened = orFail(openCompiler(), FaultKind::backend);
  return *opened;
}

void cli::checkModelFile(const std::string &path) {
  if (!llvm::sys::fs::exists(path))
    fail(wrongUsage, "there is no file '" + path + "'");
  std::vector<ModelInput> declared;
  Fault fault;
  if (!compiler().inputs(ModelSource::file(path), declared, fault))
    fail(inFile(path, std::move(fault)));
}

bool cli::offerInputs(Compiler &compiler, CompileRequest &request,
                      const InputSource &source, Fault &fault) {
  if (request.model.format != ModelFormat::onnx)
    return true;
  std::vector<ModelInput> declared;
  if (!compiler.inputs(request.model, declared, fault))
    return false;
  for (auto [index, given] : llvm::enumerate(source.tensors)) {
    const ModelInput *input = nullptr;
    if (given.name.empty() && index < declared.size())
      input = &declared[index];
    for (const ModelInput &candidate : declared)
      if (!given.name.empty() && candidate.name == given.name)
        input = &candidate;
    if (!input)
      continue; // makeInputs() complains
    request.offers[input->name] = given.tensor;
    if (input->shape.size() != given.tensor.shape().size())
      continue;
    for (auto [dim, size] : llvm::enumerate(input->shape)) {
      if (size >= 0)
        continue;
      const std::string name = input->dimNames[dim].empty()
                                   ? input->name + ":" + std::to_string(dim)
                                   : input->dimNames[dim];
      request.dims.try_emplace(name, given.tensor.shape()[dim]);
    }
  }
  return true;
}

static CompileRequest makeRequest(const ModelOptions &options,
                                  const BackendOptions &backends,
                                  BackendSet &set, const LoadOptions &load) {
  CompileRequest request;
  request.model = load.source ? *load.source : ModelSource::file(options.model);
  request.allowExternalData = options.allowExternalData;
  request.wantReference = load.wantReference;
  request.dumpFolder = load.dumpFolder;
  request.wantInstr = load.wantInstr;
  request.extraOutputs = load.extraOutputs;
  for (const std::string &name : backends.order()) {
    request.backends.push_back(orFail(set.open(name)));
    request.settings.emplace_back("backend", name);
  }
  for (const std::string &text : backends.options)
    request.settings.emplace_back("backend-option", text);
  for (const std::string &text : options.dims) {
    auto [name, size] = keyValue(text, "--dim");
    int64_t value = 0;
    if (llvm::StringRef(size).getAsInteger(10, value) || value < 0)
      fail(wrongUsage, "--dim needs NAME=SIZE, but got '" + text + "'");
    request.dims[name] = value;
    request.settings.emplace_back("dim", text);
  }
  if (options.recipe != "auto") {
    request.recipe = options.recipe;
    request.settings.emplace_back("recipe", options.recipe);
  }
  for (const std::string &text : options.binds) {
    auto [name, file] = keyValue(text, "--bind");
    request.bindings[name] =
        orFail(readTensorFile(file), FaultKind::usage).tensor;
  }
  Fault fault;
  if (load.inputs && !load.inputs->tensors.empty() &&
      !offerInputs(compiler(), request, *load.inputs, fault))
    fail(inFile(request.model.name, std::move(fault)));
  return request;
}

void cli::compileModel(LoadedModel &model, const ModelOptions &options,
                       const BackendOptions &backends, BackendSet &set,
                       const LoadOptions &load, Progress *progress) {
  if (!load.source && !llvm::sys::fs::exists(options.model))
    fail(wrongUsage, "there is no file '" + options.model + "'");
  CompileRequest request = makeRequest(options, backends, set, load);
  if (progress)
    request.progress = [&](const std::string &stage) {
      progress->begin(stage);
    };
  const Stopwatch watch;
  Fault fault;
  if (!compiler().compile(request, model.compiled, fault))
    fail(inFile(request.model.name, std::move(fault)));
  model.compileMs = watch.ms();
}

LoadedModel cli::loadModel(const ModelOptions &options,
                           const BackendOptions &backends, BackendSet &set,
                           unsigned threads, const LoadOptions &load,
                           Progress *progress) {
  LoadedModel model;
  if (!load.source && looksLikeArtifact(options.model)) {
    model.isArtifact = true;
    if (!backends.names.empty())
      fail(wrongUsage, "'" + options.model +
                           "' is compiled: --backend has no say any more");
    if (!options.dims.empty() || !options.binds.empty())
      fail(wrongUsage, "'" + options.model +
                           "' is compiled: --dim and --bind have no say any "
                           "more");
    if (progress)
      progress->begin("reading " + options.model);
    const Stopwatch watch;
    model.compiled.artifact = orFail(readArtifact(options.model));
    model.loadMs = watch.ms();
  } else {
    compileModel(model, options, backends, set, load, progress);
  }
  if (progress)
    progress->begin("loading");
  const Stopwatch watch;
  SessionOptions session;
  session.threads = threads;
  model.session =
      orFail(Session::create(model.compiled.artifact, set, session));
  model.loadMs += watch.ms();
  if (progress)
    progress->end();
  return model;
}

std::string LoadedModel::backends() const {
  std::vector<std::string> names;
  const artifact::Plan &plan = compiled.artifact.plan();
  for (uint32_t i = 0; plan.parts() && i < plan.parts()->size(); ++i) {
    std::string name = plan.parts()->Get(i)->backend()->str();
    if (!llvm::is_contained(names, name))
      names.push_back(std::move(name));
  }
  return llvm::join(names, ",");
}

std::vector<std::pair<std::string, uint64_t>> LoadedModel::opCounts() const {
  std::vector<std::pair<std::string, uint64_t>> counts;
  auto countOf = [&](const std::string &name) -> uint64_t & {
    for (auto &[known, count] : counts)
      if (known == name)
        return count;
    return counts.emplace_back(name, 0).second;
  };
  const artifact::Plan &plan = compiled.artifact.plan();
  for (uint32_t i = 0; plan.settings() && i < plan.settings()->size(); ++i)
    if (plan.settings()->Get(i)->key()->str() == "backend")
      countOf(plan.settings()->Get(i)->value()->str());
  for (uint32_t i = 0; plan.parts() && i < plan.parts()->size(); ++i)
    countOf(plan.parts()->Get(i)->backend()->str()) +=
        plan.parts()->Get(i)->ops();
  // The interpreter stands behind all others, whether asked for or not.
  if (counts.size() > 1)
    llvm::erase(counts, std::pair(referenceBackendName.str(), uint64_t{0}));
  return counts;
}
