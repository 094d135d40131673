// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled models.

#include "core/host/Model.h"

#include "core/artifact/Read.h"
#include "core/artifact/Write.h"
#include "core/host/Convert.h"
#include "core/host/loops/OnDemand.h"
#include "core/isolation/IsolatedBackend.h"
#include "core/runtime/AlignedBytes.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using host::Result;

static Result<host::Model> modelOf(llvm::Expected<BuiltModel> built) {
  return host::resultOf<host::Model>(
      std::move(built), FaultKind::model, [](BuiltModel &model) {
        return host::Model(
            std::make_shared<const BuiltModel>(std::move(model)));
      });
}

/// What Model::compile() makes of \p build.
static llvm::Expected<BuiltModel> compileOrOpen(const BuildOptions &build,
                                                bool onDemand) {
  BuiltModel model;
  // Programs for the sizes that are given are made now.
  if (!onDemand || !build.variants.empty()) {
    BackendSet set(build.plugins);
    if (llvm::Error error =
            compileModel(build, set, /*offered=*/nullptr).moveInto(model))
      return std::move(error);
  }
  if (!onDemand)
    return model;
  BuildOptions others = build;
  others.variants.clear();
  if (llvm::Error error =
          OnDemandModel::open(std::move(others)).moveInto(model.onDemand))
    return std::move(error);
  return model;
}

Result<host::Model> host::Model::compile(const ModelSource &source,
                                         const CompileOptions &options) {
  BuildOptions build = buildOptions(source, options);
  if (!options.cacheFolder.empty())
    build.cache = CacheOptions{options.cacheFolder, options.cacheBytes};
  // What a strict policy looks for shows only where something is compiled.
  build.wantReport = options.plugins.isolation.isStrict;
  for (const auto &[name, sizes] : options.variants)
    if (sizes.empty() || options.dims.count(name) != 0)
      return Fault{FaultKind::usage,
                   "dimension '" + name +
                       "' needs one size or several, but got " +
                       (sizes.empty() ? "none" : "both"),
                   name};
  return modelOf(compileOrOpen(build, options.compileOnDemand));
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
  if (!held->hasArtifact())
    return Fault{FaultKind::usage,
                 "the model is compiled on demand, and has no program to "
                 "write; give sizes of its dims"};
  if (llvm::Error error = writeArtifact(held->compiled.artifact, path))
    return faultOf(std::move(error), FaultKind::usage);
  return Done();
}

std::vector<uint8_t> host::Model::bytes() const {
  if (!held->hasArtifact())
    return {};
  std::string text;
  llvm::raw_string_ostream os(text);
  writeArtifact(held->compiled.artifact, os);
  os.flush();
  return {text.begin(), text.end()};
}

std::vector<host::Port> host::portsOf(llvm::ArrayRef<PortInfo> ports) {
  std::vector<Port> result;
  for (const PortInfo &port : ports) {
    Port one;
    one.name = port.name;
    one.type = static_cast<ElementType>(port.dtype);
    one.shape.assign(port.shape.begin(), port.shape.end());
    one.isBound = static_cast<bool>(port.bound);
    if (llvm::is_contained(port.shape, -1))
      one.dimNames = port.dimNames;
    result.push_back(std::move(one));
  }
  return result;
}

/// What \p model takes and gives. Of a model that has programs and is compiled
/// on demand as well, all sizes may vary.
static std::vector<host::Port> portsOf(const BuiltModel &model, bool inputs) {
  if (model.onDemand)
    return host::portsOf(inputs ? model.onDemand->inputs()
                                : model.onDemand->outputs());
  llvm::Expected<ModelInterface> ports =
      ModelInterface::of(model.compiled.artifact);
  if (!ports) { // bound values fit: the artifact was verified
    llvm::consumeError(ports.takeError());
    return {};
  }
  return host::portsOf(inputs ? ports->inputs() : ports->outputs());
}

std::vector<host::Port> host::Model::inputs() const {
  return ::portsOf(*held, true);
}

std::vector<host::Port> host::Model::outputs() const {
  return ::portsOf(*held, false);
}

host::OnDemandCounts host::Model::onDemandCounts() const {
  if (!held->onDemand)
    return {};
  const OnDemandModel::Counts counts = held->onDemand->counts();
  return {counts.compiled, counts.fromCache, counts.known};
}

bool host::Model::isCached() const { return held->isCached; }

std::string host::Model::cacheProblem() const { return held->cacheProblem; }

std::vector<std::pair<std::string, uint64_t>> host::Model::opCounts() const {
  if (!held->hasArtifact())
    return {};
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
                      std::move(input.shape), false, std::move(input.dimNames),
                      input.hasShape, input.isSequence, input.isOptional});
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
  for (const auto &[name, sizes] : options.variants)
    build.variants.emplace_back(name, sizes);
  return build;
}
