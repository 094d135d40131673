// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a model to a session.

#include "core/host/loops/Build.h"

#include "core/artifact/Read.h"
#include "core/host/loops/Cache.h"
#include "core/host/loops/OnDemand.h"
#include "core/locate/Blame.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace glowplug;
using Clock = std::chrono::steady_clock;

double glowplug::msSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin)
      .count();
}

llvm::Expected<Compiler *> glowplug::theCompiler() {
  static Compiler *opened = nullptr;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (opened)
    return opened;
  llvm::Expected<Compiler *> compiler = openCompiler();
  if (compiler)
    opened = *compiler;
  return compiler;
}

static llvm::Error inModel(const ModelSource &model, Fault fault) {
  return llvm::make_error<FaultError>(inFile(model.name, std::move(fault)));
}

/// Says in \p fault, of a compile of \p request that took \p taken, which op
/// its backend cannot compile; only if that takes seconds.
static void blameOp(Compiler &compiler, const CompileRequest &request,
                    Clock::duration taken, Fault &fault) {
  constexpr auto most = std::chrono::seconds(10);
  const auto backend =
      llvm::find_if(request.backends, [&](const auto &candidate) {
        return candidate->name() == fault.place;
      });
  if (fault.kind != FaultKind::backend || backend == request.backends.end() ||
      taken > most || !(*backend)->survivesCrashes())
    return;
  CompileRequest again = request;
  again.partsOnly = true;
  again.progress = nullptr;
  again.dumpFolder.clear();
  CompiledModel parts;
  Fault ignored;
  if (!compiler.compile(again, parts, ignored))
    return;
  const std::string found =
      blameForCompile(parts, **backend, Clock::now() + most);
  if (!found.empty())
    fault.message += "\n  that is " + found;
}

/// Compiles \p request, whose backends are open.
static llvm::Error compile(Compiler &compiler, const CompileRequest &request,
                           BuiltModel &model) {
  const auto begin = Clock::now();
  Fault fault;
  if (compiler.compile(request, model.compiled, fault))
    return llvm::Error::success();
  blameOp(compiler, request, Clock::now() - begin, fault);
  return inModel(request.model, std::move(fault));
}

/// As compile(), unless \p options.cache has the artifact and nothing else is
/// wanted.
static llvm::Error compileWithCache(Compiler &compiler,
                                    const BuildOptions &options,
                                    const CompileRequest &request,
                                    BuiltModel &model) {
  llvm::Expected<ModelCache> cache = ModelCache::open(*options.cache);
  if (!cache)
    return cache.takeError();
  llvm::Expected<CacheKey> key = cacheKey(request, options.plugins);
  if (!key) { // the compiler says better what is wrong with the model
    model.cacheProblem = llvm::toString(key.takeError());
    return compile(compiler, request, model);
  }
  const bool wantsMore = options.wantReport || request.wantReference ||
                         request.wantInstr || !request.dumpFolder.empty() ||
                         request.partsOnly;
  if (!wantsMore)
    if (std::optional<Artifact> found = cache->find(*key)) {
      model.compiled.artifact = std::move(*found);
      model.isCached = true;
      return llvm::Error::success();
    }
  if (llvm::Error error = compile(compiler, request, model))
    return error;
  if (request.partsOnly) // not a whole artifact
    return llvm::Error::success();
  if (llvm::Error error = cache->store(*key, request, model.compiled.artifact))
    model.cacheProblem = llvm::toString(std::move(error));
  return llvm::Error::success();
}

static llvm::Expected<BuiltModel> compileOnce(const BuildOptions &options,
                                              BackendSet &set,
                                              const InputSource *offered) {
  // Workers start while the library of the compiler is loaded.
  for (const std::string &name : options.backends)
    set.prepare(name);
  llvm::Expected<Compiler *> compiler = theCompiler();
  if (!compiler)
    return compiler.takeError();
  CompileRequest request = options.request;
  for (const std::string &name : options.backends) {
    llvm::Expected<std::shared_ptr<ProgramBackend>> backend = set.open(name);
    if (!backend)
      return backend.takeError();
    request.backends.push_back(std::move(*backend));
  }
  if (offered && !offered->tensors.empty())
    if (llvm::Error error = offerInputs(**compiler, request, *offered))
      return inModel(request.model,
                     faultOf(std::move(error), FaultKind::model));
  const auto begin = Clock::now();
  BuiltModel model;
  if (llvm::Error error =
          options.cache ? compileWithCache(**compiler, options, request, model)
                        : compile(**compiler, request, model))
    return std::move(error);
  model.compileMs = msSince(begin);
  return model;
}

/// Takes the backend that \p fault blames out of \p options, if that is wanted.
static bool leaveOut(BuildOptions &options, const Fault &fault) {
  const auto blamed = llvm::find(options.backends, fault.place);
  if (!options.leftOut || fault.kind != FaultKind::backend ||
      blamed == options.backends.end() || *blamed == referenceBackendName)
    return false;
  options.leftOut(fault);
  options.backends.erase(blamed);
  return true;
}

/// compileOnce() with backends left out as the options say.
static llvm::Expected<BuiltModel> compileOne(const BuildOptions &options,
                                             BackendSet &set,
                                             const InputSource *offered) {
  BuildOptions left = options;
  while (true) {
    llvm::Expected<BuiltModel> model = compileOnce(left, set, offered);
    if (model)
      return model;
    Fault fault = faultOf(model.takeError());
    if (!leaveOut(left, fault))
      return llvm::make_error<FaultError>(std::move(fault));
  }
}

llvm::Expected<BuiltModel> glowplug::compileModel(const BuildOptions &options,
                                                  BackendSet &set,
                                                  const InputSource *offered) {
  static std::mutex mutex; // the compiler takes one call at a time
  const std::lock_guard lock(mutex);
  if (options.variants.empty())
    return compileOne(options, set, offered);
  return compileVariants(options, [&](const BuildOptions &one) {
    return compileOne(one, set, offered);
  });
}

llvm::Expected<ReferenceFor>
glowplug::referenceFor(const BuiltModel &model, llvm::ArrayRef<Tensor> inputs) {
  if (model.hasArtifact()) {
    llvm::Expected<ModelInterface> ports =
        ModelInterface::of(model.compiled.artifact);
    if (!ports)
      return ports.takeError();
    llvm::Expected<uint32_t> variant = ports->variantFor(inputs);
    if (variant)
      return ReferenceFor{model.variants.empty()
                              ? &model.compiled.reference
                              : &model.variants[*variant].reference,
                          ports->outputs(*variant).vec(), nullptr};
    if (!model.onDemand)
      return variant.takeError();
    llvm::consumeError(variant.takeError());
  }
  llvm::Expected<std::shared_ptr<const BuiltModel>> made =
      model.onDemand->find(inputs);
  if (!made)
    return made.takeError();
  llvm::Expected<ReferenceFor> found = referenceFor(**made, inputs);
  if (found)
    found->owner = std::move(*made);
  return found;
}

llvm::Expected<BuiltModel> glowplug::readModel(const std::string &path) {
  const auto begin = Clock::now();
  llvm::Expected<Artifact> artifact = readArtifact(path);
  if (!artifact)
    return blame(FaultKind::model, artifact.takeError());
  BuiltModel model;
  model.compiled.artifact = std::move(*artifact);
  model.isArtifact = true;
  model.loadMs = msSince(begin);
  return model;
}

llvm::Error glowplug::loadModel(BuiltModel &model, BackendSet &set,
                                unsigned threads) {
  const auto begin = Clock::now();
  SessionOptions options;
  options.threads = threads;
  llvm::Expected<std::unique_ptr<Session>> session =
      Session::create(model.compiled.artifact, set, options);
  if (!session)
    return blame(FaultKind::model, session.takeError());
  model.session = std::move(*session);
  model.loadMs += msSince(begin);
  return llvm::Error::success();
}

llvm::Expected<BuiltModel> glowplug::buildModel(const BuildOptions &options,
                                                BackendSet &set,
                                                const InputSource *offered) {
  llvm::Expected<BuiltModel> model = compileModel(options, set, offered);
  if (!model)
    return model;
  if (options.request.progress)
    options.request.progress("loading");
  if (llvm::Error error = loadModel(*model, set, options.threads))
    return error;
  return model;
}

std::string BuiltModel::backends() const {
  std::vector<std::string> names;
  const artifact::Plan &plan = compiled.artifact.plan();
  for (uint32_t i = 0; plan.parts() && i < plan.parts()->size(); ++i) {
    std::string name = plan.parts()->Get(i)->backend()->str();
    if (!llvm::is_contained(names, name))
      names.push_back(std::move(name));
  }
  return llvm::join(names, ",");
}

OpCounts BuiltModel::opCounts() const {
  return glowplug::opCounts(compiled.artifact.plan());
}
