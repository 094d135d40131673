// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled models.

#include "core/host/Model.h"

#include "core/artifact/Read.h"
#include "core/artifact/Write.h"
#include "core/host/Convert.h"
#include "core/isolation/IsolatedBackend.h"
#include "core/runtime/AlignedBytes.h"

#include "llvm/ADT/STLExtras.h"

#include <mutex>

using namespace glowplug;
using host::Result;

static Result<host::Model> modelOf(llvm::Expected<BuiltModel> built) {
  return host::resultOf<host::Model>(
      std::move(built), FaultKind::model, [](BuiltModel &model) {
        return host::Model(
            std::make_shared<const BuiltModel>(std::move(model)));
      });
}

Result<host::Model> host::Model::compile(const ModelSource &source,
                                         const CompileOptions &options) {
  static std::mutex mutex; // the compiler takes one call at a time
  const std::lock_guard lock(mutex);
  BuildOptions build = buildOptions(source, options);
  if (!options.cacheFolder.empty())
    build.cache = CacheOptions{options.cacheFolder, options.cacheBytes};
  // What a strict policy looks for shows only where something is compiled.
  build.wantReport = options.plugins.isolation.isStrict;
  BackendSet set(build.plugins);
  return modelOf(compileModel(build, set, /*offered=*/nullptr));
}

Result<host::Model> host::Model::read(const std::string &path) {
  return modelOf(readModel(path));
}

Result<host::Model> host::Model::parse(std::span<const uint8_t> bytes) {
  auto copy = std::make_shared<AlignedBytes>(
      llvm::ArrayRef<uint8_t>(bytes.data(), bytes.size()));
  llvm::Expected<Artifact> artifact = parseArtifact(*copy, copy);
  if (!artifact)
    return faultOf(artifact.takeError(), FaultKind::model);
  auto model = std::make_shared<BuiltModel>();
  model->compiled.artifact = std::move(*artifact);
  model->isArtifact = true;
  return Model(std::move(model));
}

Result<host::Done> host::Model::write(const std::string &path) const {
  if (llvm::Error error = writeArtifact(held->compiled.artifact, path))
    return faultOf(std::move(error), FaultKind::usage);
  return Done();
}

std::vector<uint8_t> host::Model::bytes() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeArtifact(held->compiled.artifact, os);
  os.flush();
  return {text.begin(), text.end()};
}

using Ports = flatbuffers::Vector<flatbuffers::Offset<artifact::Port>>;

static std::vector<host::Port> portsOf(const Ports *ports) {
  std::vector<host::Port> result;
  for (uint32_t i = 0; ports && i < ports->size(); ++i) {
    const artifact::Port &port = *ports->Get(i);
    host::Port one;
    if (port.name())
      one.name = port.name()->str();
    one.type = static_cast<host::ElementType>(port.dtype());
    if (port.shape())
      one.shape.assign(port.shape()->begin(), port.shape()->end());
    one.isBound = port.bound_section() != 0;
    result.push_back(std::move(one));
  }
  return result;
}

std::vector<host::Port> host::Model::inputs() const {
  return portsOf(held->compiled.artifact.plan().inputs());
}

std::vector<host::Port> host::Model::outputs() const {
  return portsOf(held->compiled.artifact.plan().outputs());
}

bool host::Model::isCached() const { return held->isCached; }

std::string host::Model::cacheProblem() const { return held->cacheProblem; }

std::vector<std::pair<std::string, uint64_t>> host::Model::opCounts() const {
  return held->opCounts();
}

Result<std::vector<host::Port>>
host::declaredInputs(const ModelSource &source) {
  llvm::Expected<Compiler *> compiler = theCompiler();
  if (!compiler)
    return faultOf(compiler.takeError(), FaultKind::backend);
  std::vector<ModelInput> declared;
  Fault fault;
  if (!(*compiler)->inputs(source, declared, fault))
    return inFile(source.name, std::move(fault));
  std::vector<Port> result;
  for (ModelInput &input : declared)
    result.push_back({std::move(input.name),
                      static_cast<ElementType>(input.dtype),
                      std::move(input.shape), false});
  return result;
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

std::vector<glowplug::Tensor>
host::toCore(std::span<const host::Tensor> tensors) {
  std::vector<glowplug::Tensor> result;
  for (const Tensor &tensor : tensors)
    result.push_back(tensor ? tensor.core() : glowplug::Tensor());
  return result;
}

std::vector<host::Tensor>
host::fromCore(llvm::ArrayRef<glowplug::Tensor> tensors) {
  std::vector<Tensor> result;
  for (const glowplug::Tensor &tensor : tensors)
    result.push_back(fromCore(tensor));
  return result;
}

BackendSetOptions host::setOptions(const Plugins &plugins) {
  BackendSetOptions options;
  options.files = plugins.files;
  for (const BackendSetting &setting : plugins.settings)
    options.options.push_back({setting.backend, {setting.key, setting.value}});
  isolate(options, plugins.isolation);
  return options;
}

BuildOptions host::buildOptions(const ModelSource &source,
                                const CompileOptions &options) {
  BuildOptions build;
  build.plugins = setOptions(options.plugins);
  build.leftOut = options.leftOut;
  for (const std::string &name : options.backends)
    if (name != referenceBackendName &&
        !llvm::is_contained(build.backends, name))
      build.backends.push_back(name);
  build.backends.push_back(referenceBackendName.str());
  CompileRequest &request = build.request;
  request.model = source;
  request.dims = options.dims;
  for (const auto &[name, tensor] : options.bindings)
    if (tensor)
      request.bindings[name] = tensor.core();
  request.recipe = options.recipe;
  request.allowExternalData = options.allowExternalData;
  request.wantReference = options.keepReference;
  request.progress = options.progress;
  for (const std::string &name : build.backends)
    request.settings.emplace_back("backend", name);
  for (const BackendSetting &one : options.plugins.settings)
    request.settings.emplace_back(
        "backend-option", one.backend + ":" + one.key + "=" + one.value);
  for (const auto &[name, size] : options.dims)
    request.settings.emplace_back("dim", name + "=" + std::to_string(size));
  if (!options.recipe.empty())
    request.settings.emplace_back("recipe", options.recipe);
  return build;
}
