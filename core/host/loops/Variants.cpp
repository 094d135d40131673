// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles a model for several sizes of its dims.

#include "core/host/loops/Variants.h"

#include "core/artifact/MergeVariants.h"
#include "core/driver/OpenInputs.h"
#include "core/host/loops/Build.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace glowplug;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// Adds the sizes of \p text, which has no comma. Returns what is wrong with
/// it; empty if nothing is.
static std::string addSizes(llvm::StringRef text, std::vector<int64_t> &sizes) {
  int64_t first = 0, last = 0, step = 1;
  auto [from, rest] = text.split("..");
  const bool isRange = text.contains("..");
  auto [to, by] = rest.split(':');
  if (from.getAsInteger(10, first) || first < 0)
    return "a size of at least 0";
  last = first;
  if (isRange && (to.getAsInteger(10, last) || last < first))
    return "a last size of at least " + std::to_string(first);
  if (isRange && rest.contains(':') && (by.getAsInteger(10, step) || step < 1))
    return "a step of at least 1";
  if (static_cast<uint64_t>(last - first) / static_cast<uint64_t>(step) >=
      mostVariants)
    return "at most " + std::to_string(mostVariants) + " sizes";
  for (int64_t count = (last - first) / step, i = 0; i <= count; ++i)
    sizes.push_back(first + i * step);
  return "";
}

llvm::Expected<std::vector<int64_t>>
glowplug::parseSizes(llvm::StringRef text) {
  std::vector<int64_t> sizes;
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, ',');
  for (llvm::StringRef part : parts) {
    const std::string wanted = addSizes(part, sizes);
    if (!wanted.empty())
      return makeFault(FaultKind::usage,
                       "needs " + wanted + ", but got '" + part + "'");
  }
  std::vector<int64_t> sorted = sizes;
  llvm::sort(sorted);
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end())
    return makeFault(FaultKind::usage, "needs sizes that differ, but got " +
                                           llvm::Twine(*twice) + " twice");
  return sizes;
}

/// How many combinations there are. Fails above the limit.
static llvm::Expected<uint64_t> countOf(const VariantSizes &dims) {
  uint64_t count = 1;
  std::string product;
  bool isTooMany = false;
  for (const auto &[name, sizes] : dims) {
    count *= sizes.size();
    product += (product.empty() ? "" : " x ") + std::to_string(sizes.size());
    if (count > mostVariants) {
      isTooMany = true;
      count = mostVariants; // does not wrap
    }
  }
  if (isTooMany)
    return makeFault(FaultKind::usage,
                     "a model needs at most " + llvm::Twine(mostVariants) +
                         " combinations of sizes, but got " + product);
  return count;
}

//===----------------------------------------------------------------------===//
// Compiles
//===----------------------------------------------------------------------===//

/// The names of all dims of \p options.request.model.
static llvm::Expected<VariantDims> declaredDims(const BuildOptions &options) {
  const ModelSource &model = options.request.model;
  if (model.format != ModelFormat::onnx)
    return makeFault(FaultKind::usage,
                     "'" + model.name +
                         "' is prim IR, which has no dims to give sizes to",
                     model.name);
  llvm::Expected<Compiler *> compiler = theCompiler();
  if (!compiler)
    return compiler.takeError();
  ModelSummary summary;
  Fault fault;
  if (!(*compiler)->summarise(model, summary, fault))
    return llvm::make_error<FaultError>(inFile(model.name, std::move(fault)));
  if (const ModelInput *port = findOpenForm(summary))
    return makeFault(FaultKind::unsupported,
                     "'" + port->name +
                         "' is a sequence, an optional or of no known rank: "
                         "the model is supported with one size of each dim",
                     model.name);
  VariantDims dims;
  for (const auto &[name, sizes] : options.variants)
    dims.names.push_back(name);
  for (ModelInput &input : summary.inputs)
    dims.inputs.push_back(std::move(input.dimNames));
  for (ModelInput &output : summary.outputs)
    dims.outputs.push_back(std::move(output.dimNames));
  return dims;
}

/// The options of one compile, with the sizes \p key.
static BuildOptions withSizes(const BuildOptions &options,
                              llvm::ArrayRef<int64_t> key,
                              const std::string &progressPrefix) {
  BuildOptions one = options;
  one.variants.clear();
  DimSizes sizes;
  for (auto [dim, size] : llvm::zip_equal(options.variants, key)) {
    one.request.dims[dim.first] = size;
    one.request.settings.emplace_back("dim",
                                      dim.first + "=" + std::to_string(size));
    sizes[dim.first] = size;
  }
  if (!one.request.dumpFolder.empty())
    one.request.dumpFolder += "/" + sizesText(sizes);
  if (options.request.progress)
    one.request.progress =
        [=, tell = options.request.progress](const std::string &stage) {
          tell(progressPrefix + " (" + sizesText(sizes) + "): " + stage);
        };
  return one;
}

/// Goes to the next combination; false after the last one.
static bool advance(const VariantSizes &dims, std::vector<size_t> &at) {
  for (size_t dim = dims.size(); dim-- > 0;) {
    if (++at[dim] < dims[dim].second.size())
      return true;
    at[dim] = 0;
  }
  return false;
}

/// Adds the warnings of one variant. They begin with what they are about, and
/// say it once.
static void addWarnings(const std::vector<std::string> &more,
                        std::vector<std::string> &warnings) {
  auto about = [](llvm::StringRef text) { return text.split(": ").first; };
  for (const std::string &one : more)
    if (llvm::none_of(warnings, [&](const std::string &other) {
          return about(other) == about(one);
        }))
      warnings.push_back(one);
}

/// Adds what \p one says to \p all, and keeps it there but for its artifact.
static void gather(BuiltModel one, BuiltModel &all) {
  all.isCached &= one.isCached;
  if (all.cacheProblem.empty())
    all.cacheProblem = one.cacheProblem;
  all.compileMs += one.compileMs;
  llvm::append_range(all.compiled.ops, one.compiled.ops);
  llvm::append_range(all.compiled.rewrites, one.compiled.rewrites);
  llvm::append_range(all.compiled.recipes, one.compiled.recipes);
  addWarnings(one.compiled.warnings, all.compiled.warnings);
  one.compiled.artifact = {};
  all.variants.push_back(std::move(one.compiled));
}

llvm::Expected<BuiltModel> glowplug::compileVariants(
    const BuildOptions &options,
    llvm::function_ref<llvm::Expected<BuiltModel>(const BuildOptions &)>
        compileOne) {
  llvm::Expected<uint64_t> count = countOf(options.variants);
  if (!count)
    return count.takeError();
  llvm::Expected<VariantDims> dims = declaredDims(options);
  if (!dims)
    return dims.takeError();
  VariantMerger merger(std::move(*dims));
  BuiltModel result;
  result.isCached = true;
  std::vector<size_t> at(options.variants.size(), 0);
  uint64_t number = 0;
  do {
    std::vector<int64_t> key;
    for (auto [dim, index] : llvm::zip_equal(options.variants, at))
      key.push_back(dim.second[index]);
    llvm::Expected<BuiltModel> one =
        compileOne(withSizes(options, key,
                             "variant " + std::to_string(++number) + " of " +
                                 std::to_string(*count)));
    if (!one)
      return one.takeError();
    if (llvm::Error error = merger.add(key, one->compiled.artifact))
      return blame(FaultKind::unsupported, std::move(error));
    gather(std::move(*one), result);
  } while (advance(options.variants, at));
  llvm::Expected<Artifact> artifact = std::move(merger).finish();
  if (!artifact)
    return blame(FaultKind::usage, artifact.takeError());
  result.compiled.artifact = std::move(*artifact);
  return result;
}
