// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the command line to a session.

#include "tools/glowplug/Model.h"
#include "tools/glowplug/DataFile.h"

#include "core/artifact/Read.h"
#include "core/artifact/Variants.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

InputSource cli::parseInputs(const std::string &text) {
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
  return orFail(InputSource::inFolder(text));
}

Samples cli::parseSamples(const std::string &text) {
  llvm::StringRef rest = text;
  if (rest.consume_front("random:")) {
    uint64_t seed = 0, number = 1;
    auto [first, count] = rest.split('x');
    if (first.getAsInteger(10, seed) ||
        (rest.contains('x') &&
         (count.getAsInteger(10, number) || number < 1 || number > 1000000)))
      fail(wrongUsage, "--inputs needs random:SEED or random:SEEDxCOUNT, but "
                       "got '" +
                           text + "'");
    return Samples::random(seed, number);
  }
  if (!llvm::sys::fs::is_directory(text))
    fail(wrongUsage, "--inputs needs random:SEED[xCOUNT] or a folder, but '" +
                         text + "' is neither");
  return orFail(Samples::inFolder(text));
}

void cli::writeOutputs(const std::string &folder,
                       llvm::ArrayRef<PortInfo> ports,
                       llvm::ArrayRef<Tensor> outputs) {
  if (std::error_code error = llvm::sys::fs::create_directories(folder))
    fail(wrongUsage, "'" + folder + "': " + error.message());
  for (auto [i, port, tensor] : llvm::enumerate(ports, outputs)) {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, "output_" + llvm::Twine(i) + ".pb");
    if (llvm::Error error = writeTensorFile(path, port.name, tensor))
      fail(std::move(error), FaultKind::usage);
  }
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// The sizes of one --dim, and the name of the dim.
static std::pair<std::string, std::vector<int64_t>>
readDim(const std::string &text, bool severalSizes) {
  auto [name, value] = keyValue(text, "--dim");
  llvm::Expected<std::vector<int64_t>> sizes = parseSizes(value);
  if (!sizes)
    fail(wrongUsage, "--dim " + name + " " + llvm::toString(sizes.takeError()));
  if (sizes->size() > 1 && !severalSizes)
    fail(wrongUsage, "--dim " + name + " needs one size, but got " +
                         llvm::Twine(sizes->size()) +
                         "; several are for 'compile'");
  return {name, std::move(*sizes)};
}

static void readImportOptions(const ModelOptions &options, bool severalSizes,
                              BuildOptions &build) {
  CompileRequest &request = build.request;
  for (const std::string &text : options.dims) {
    auto [name, sizes] = readDim(text, severalSizes);
    if (sizes.size() > 1) {
      build.variants.emplace_back(name, std::move(sizes));
      continue;
    }
    request.dims[name] = sizes.front();
    request.settings.emplace_back("dim",
                                  name + "=" + std::to_string(sizes.front()));
  }
  for (auto [i, dim] : llvm::enumerate(build.variants)) {
    const bool isTwice =
        request.dims.count(dim.first) != 0 ||
        llvm::is_contained(
            llvm::make_first_range(
                llvm::ArrayRef(build.variants).drop_front(i + 1)),
            dim.first);
    if (isTwice)
      fail(wrongUsage, "--dim " + dim.first +
                           " is given twice; several sizes of one dim are "
                           "written with commas");
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
}

BuildOptions cli::buildOptions(const ModelOptions &options,
                               const BackendOptions &backends, unsigned threads,
                               Progress *progress, bool severalSizes) {
  if (!llvm::sys::fs::exists(options.model))
    fail(wrongUsage, "there is no file '" + options.model + "'");
  BuildOptions build;
  build.threads = threads;
  build.backends = backends.order();
  build.plugins = backends.setOptions();
  if (backends.goesOn)
    build.leftOut = [](const Fault &fault) {
      warn(fault.message + "\n  going on without '" + fault.place + "'");
    };
  CompileRequest &request = build.request;
  request.model = ModelSource::file(options.model);
  request.allowExternalData = options.allowExternalData;
  for (const std::string &name : build.backends)
    request.settings.emplace_back("backend", name);
  for (const std::string &text : backends.options)
    request.settings.emplace_back("backend-option", text);
  readImportOptions(options, severalSizes, build);
  if (progress)
    request.progress = [progress](const std::string &stage) {
      progress->begin(stage);
    };
  return build;
}

Json cli::opCountsJson(const BuiltModel &model) {
  Json counts = Json::object();
  for (const auto &[name, count] : model.opCounts())
    counts[name] = count;
  return counts;
}

void cli::printOpCounts(const BuiltModel &model) {
  fmt::print(dataFile(), "ops      {}\n", opCountsText(model.opCounts()));
}

/// Ends the command if \p model does not do as --require says.
static void checkRequired(const BuiltModel &model,
                          llvm::ArrayRef<Requirement> required) {
  if (std::optional<Fault> unmet = findUnmet(model.compiled, required))
    fail(backendFailed, "--require " + unmet->message);
}

BuiltModel cli::compileModel(const ModelOptions &options,
                             const BackendOptions &backends, BackendSet &set,
                             const LoadOptions &load, Progress *progress) {
  const std::vector<Requirement> required = backends.requirements(false);
  BuildOptions build = buildOptions(options, backends, /*threads=*/1, progress,
                                    load.severalSizes);
  build.request.wantReference = load.wantReference;
  build.request.dumpFolder = load.dumpFolder;
  build.request.wantInstr = load.wantInstr;
  build.request.partsOnly = load.partsOnly;
  // What --strict looks for shows only where something is compiled, and
  // --require says why an op is missing.
  build.wantReport =
      load.wantReport || backends.isolation.isStrict || !required.empty();
  if (!options.cache.empty())
    build.cache = CacheOptions{.folder = options.cache};
  noteReplacements(set);
  BuiltModel model = orFail(glowplug::compileModel(build, set, load.inputs));
  if (!model.cacheProblem.empty())
    warn("not kept in '" + options.cache + "': " + model.cacheProblem);
  for (const std::string &warning : model.compiled.warnings)
    warn(options.model + ": " + warning);
  checkRequired(model, required);
  return model;
}

std::vector<Tensor> cli::makeInputs(const BuiltModel &loaded,
                                    const ModelOptions &options,
                                    const InputSource &source) {
  InputSource sized = source;
  if (loaded.isArtifact)
    for (const std::string &text : options.dims) {
      auto [name, sizes] = readDim(text, /*severalSizes=*/false);
      sized.dims[name] = sizes.front();
    }
  if (!sized.dims.empty() && !source.folder.empty())
    fail(wrongUsage, "'" + options.model +
                         "' is compiled: --dim has no effect on the inputs "
                         "in '" +
                         source.folder + "'");
  return orFail(glowplug::makeInputs(*loaded.session, sized));
}

/// The keys of \p variant; empty if \p model has no variants.
static std::string variantText(const BuiltModel &model, uint32_t variant) {
  return keyText(model.compiled.artifact.plan(), variant);
}

void cli::addVariant(Json &answer, const BuiltModel &model, uint32_t variant) {
  if (hasVariants(model.compiled.artifact.plan()))
    answer["variant"] = variantText(model, variant);
}

void cli::printVariant(const BuiltModel &model, uint32_t variant) {
  if (hasVariants(model.compiled.artifact.plan()))
    fmt::print(dataFile(), "variant  {}\n", variantText(model, variant));
}

static BuiltModel readCompiled(const ModelOptions &options,
                               const BackendOptions &backends) {
  if (!backends.names.empty())
    fail(wrongUsage,
         "'" + options.model + "' is compiled: --backend has no effect");
  if (!options.binds.empty())
    fail(wrongUsage,
         "'" + options.model + "' is compiled: --bind has no effect");
  if (!options.cache.empty())
    fail(wrongUsage,
         "'" + options.model + "' is compiled: --cache has no effect");
  return orFail(readModel(options.model));
}

BuiltModel cli::loadModel(const ModelOptions &options,
                          const BackendOptions &backends, BackendSet &set,
                          unsigned threads, const LoadOptions &load,
                          Progress *progress) {
  BuiltModel model;
  if (looksLikeArtifact(options.model)) {
    if (progress)
      progress->begin("reading " + options.model);
    model = readCompiled(options, backends);
    checkRequired(model, backends.requirements(true));
    noteReplacements(set);
  } else {
    model = compileModel(options, backends, set, load, progress);
  }
  if (progress)
    progress->begin("loading");
  if (llvm::Error error = glowplug::loadModel(model, set, threads))
    fail(std::move(error));
  if (progress)
    progress->end();
  return model;
}
