// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug compile: translates a model into a .gpx file.

#include "core/artifact/Variants.h"
#include "core/artifact/Write.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Model.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class CompileVerb : public Verb {
public:
  explicit CompileVerb(CLI::App &app) {
    model.addModel(app, "MODEL");
    app.add_option("-o", output, "write the compiled model here")
        ->type_name("FILE")
        ->required();
    backends.add(app);
    model.addImport(app);
    backends.addRequire(app);
    model.addCache(app);
    app.add_flag("--explain", explain,
                 "say which backend took each operation, and why");
    app.add_option("--dump-ir", dumpFolder,
                   "write the IR after each stage into DIR")
        ->type_name("DIR");
    backends.addIsolation(app);
    addJson(app, json);
    setHelp(app, {" MODEL.onnx -o FILE.gpx [options]",
                  {"resnet50.onnx -o resnet50.gpx",
                   "ocr.onnx -o ocr.gpx --dim N=1,8 --dim W=32..512:32",
                   "bert.onnx -o bert.gpx --backend npu-sim --backend cpu"},
                  "0 done, 1 the model is at fault, 2 wrong usage, 3 a backend "
                  "failed"});
  }

  Status run() override;

private:
  Json answer(const BuiltModel &loaded) const;
  void addOps(const CompiledModel &compiled, const std::string &variant,
              Json &ops) const;
  void print(const BuiltModel &loaded) const;
  void printOps(const CompiledModel &compiled) const;

  ModelOptions model;
  BackendOptions backends;
  std::string output, dumpFolder;
  bool explain = false;
};

} // namespace

Status CompileVerb::run() {
  BackendSet set = backends.makeSet();
  BuiltModel loaded;
  {
    Progress progress;
    LoadOptions load;
    load.dumpFolder = dumpFolder;
    load.wantReport = explain;
    load.severalSizes = true;
    loaded = compileModel(model, backends, set, load, &progress);
    progress.begin("writing " + output);
    if (llvm::Error error = writeArtifact(loaded.compiled.artifact, output))
      fail(std::move(error), FaultKind::usage);
  }
  if (json)
    printJson(answer(loaded));
  else
    print(loaded);
  return done;
}

static uint64_t fileBytes(const std::string &path) {
  uint64_t bytes = 0;
  if (llvm::sys::fs::file_size(path, bytes))
    return 0;
  return bytes;
}

/// The keys of the variants of \p model, if it has several.
static std::vector<std::string> variantTexts(const BuiltModel &model) {
  const artifact::Plan &plan = model.compiled.artifact.plan();
  std::vector<std::string> texts;
  if (hasVariants(plan))
    for (uint32_t i = 0; i < plan.variants()->size(); ++i)
      texts.push_back(keyText(plan, i));
  return texts;
}

/// Adds what became of the ops of \p compiled; \p variant is empty, or its
/// keys. Parts are those of the variant.
void CompileVerb::addOps(const CompiledModel &compiled,
                         const std::string &variant, Json &ops) const {
  for (const ExplainedOp &op : compiled.ops) {
    Json refusals = Json::array();
    for (const auto &[backend, reason] : op.refusals)
      refusals.push_back({{"backend", backend}, {"reason", reason}});
    ops.push_back({{"name", op.name},
                   {"kind", op.kind},
                   {"backend", op.backend},
                   {"part", op.part},
                   {"refusals", std::move(refusals)},
                   {"integer", op.isInteger}});
    if (!variant.empty())
      ops.back()["variant"] = variant;
    if (!op.floatBecause.empty())
      ops.back()["float_because"] = op.floatBecause;
  }
}

Json CompileVerb::answer(const BuiltModel &loaded) const {
  Json result = {{"file", output},
                 {"bytes", fileBytes(output)},
                 {"backend", loaded.backends()},
                 {"op_counts", opCountsJson(loaded)},
                 {"cached", loaded.isCached},
                 {"compile_ms", loaded.compileMs}};
  const std::vector<std::string> variants = variantTexts(loaded);
  if (!variants.empty())
    result["variants"] = variants;
  if (!explain)
    return result;
  result["ops"] = Json::array();
  if (variants.empty())
    addOps(loaded.compiled, "", result["ops"]);
  for (auto [variant, compiled] : llvm::zip(variants, loaded.variants))
    addOps(compiled, variant, result["ops"]);
  result["recipes"] = Json::array();
  for (const ChangedRecipe &change : loaded.compiled.recipes)
    result["recipes"].push_back({{"name", change.name},
                                 {"recipe", change.recipe},
                                 {"differing", change.differing},
                                 {"total", change.total},
                                 {"most_steps", change.mostSteps},
                                 {"domain", change.domain}});
  result["rewrites"] = loaded.compiled.rewrites;
  return result;
}

void CompileVerb::printOps(const CompiledModel &compiled) const {
  for (const std::string &line : compiled.rewrites)
    fmt::print(dataFile(), "{}\n", line);
  for (const ExplainedOp &op : compiled.ops) {
    fmt::print(dataFile(), "part {}  {:<10} {}{}\n", op.part, op.backend,
               op.kind, op.name.empty() ? "" : " '" + op.name + "'");
    for (const auto &[backend, reason] : op.refusals)
      fmt::print(dataFile(), "          not {}: {}\n", backend, reason);
    if (!op.floatBecause.empty())
      fmt::print(dataFile(), "          in floats: {}\n", op.floatBecause);
  }
}

void CompileVerb::print(const BuiltModel &loaded) const {
  const std::vector<std::string> variants = variantTexts(loaded);
  if (explain && variants.empty())
    printOps(loaded.compiled);
  for (auto [i, variant] : llvm::enumerate(variants)) {
    fmt::print(dataFile(), "variant  {}\n", variant);
    if (explain)
      printOps(loaded.variants[i]);
  }
  printOpCounts(loaded);
  fmt::print(dataFile(), "{}: {} bytes, runs on {}, {} in {:.0f} ms\n", output,
             fileBytes(output), loaded.backends(),
             loaded.isCached ? "from the cache" : "compiled", loaded.compileMs);
}

std::unique_ptr<Verb> cli::addCompile(CLI::App &app) {
  return std::make_unique<CompileVerb>(*app.add_subcommand(
      "compile",
      "translate an ONNX model into a program for one or more backends"));
}
