// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model needs, and what it would run on, before it is compiled.

#include "tools/glowplug/InspectModel.h"

#include "core/driver/OpenInputs.h"
#include "core/support/FaultError.h"
#include "tools/glowplug/DataFile.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <map>

using namespace glowplug;
using namespace glowplug::cli;

//===----------------------------------------------------------------------===//
// What the model declares and uses
//===----------------------------------------------------------------------===//

static Json portsOf(llvm::ArrayRef<ModelInput> ports) {
  Json result = Json::array();
  for (const ModelInput &port : ports) {
    Json shape = Json::array();
    for (auto [size, name] : llvm::zip_equal(port.shape, port.dimNames)) {
      if (size >= 0)
        shape.push_back(size);
      else
        shape.push_back(name);
    }
    const std::string dtype =
        port.dtype == DType::none ? "unsupported" : dtypeName(port.dtype).str();
    Json one = {
        {"name", port.name}, {"shape", std::move(shape)}, {"dtype", dtype}};
    if (port.isSequence)
      one["sequence"] = true;
    if (port.isOptional)
      one["optional"] = true;
    result.push_back(std::move(one));
  }
  return result;
}

/// Names of what has no size in inputs, each once.
static std::vector<std::string> wantedDims(const ModelSummary &summary,
                                           const BuildOptions &build) {
  std::vector<std::string> result;
  for (const ModelInput &input : summary.inputs) {
    if (build.request.bindings.count(input.name) != 0)
      continue;
    for (const std::string &name : openSizes(input, build.request.dims))
      if (!llvm::is_contained(llvm::make_first_range(build.variants), name) &&
          !llvm::is_contained(result, name))
        result.push_back(name);
  }
  return result;
}

static void addOperators(const OperatorSummary &operators, Json &answer) {
  answer["operators"] = Json::array();
  for (const OperatorUse &use : operators.operators)
    answer["operators"].push_back(
        {{"name", use.name}, {"version", use.version}, {"nodes", use.nodes}});
  answer["unsupported"] = Json::array();
  for (const UnsupportedNode &node : operators.unsupported)
    answer["unsupported"].push_back(
        {{"node", node.node}, {"operator", node.name}, {"why", node.why}});
  answer["problems"] = operators.problems;
}

//===----------------------------------------------------------------------===//
// What it would run on
//===----------------------------------------------------------------------===//

/// Adds how many primitives each backend takes, and what those before it say
/// about the others.
static void addBackends(const CompiledModel &parts,
                        llvm::ArrayRef<std::string> order, Json &answer) {
  std::map<std::string, uint64_t> counts;
  std::map<std::tuple<std::string, std::string, std::string>, uint64_t> refused;
  for (const ExplainedOp &op : parts.ops) {
    ++counts[op.backend];
    for (const auto &[backend, reason] : op.refusals)
      ++refused[{backend, op.kind, reason}];
  }
  answer["backends"] = Json::object();
  for (const std::string &name : order)
    if (name != referenceBackendName || order.size() == 1 || counts[name] != 0)
      answer["backends"][name] = counts[name];
  answer["refusals"] = Json::array();
  for (const auto &[what, count] : refused) {
    const auto &[backend, kind, reason] = what;
    answer["refusals"].push_back({{"backend", backend},
                                  {"kind", kind},
                                  {"reason", reason},
                                  {"ops", count}});
  }
}

/// Asks the backends; what keeps the model from being compiled becomes a
/// problem, or an input that wants a value.
static void askBackends(BuildOptions build, BackendSet &set, Json &answer) {
  build.request.partsOnly = true;
  build.wantReport = true;
  llvm::Expected<BuiltModel> parts =
      glowplug::compileModel(build, set, /*offered=*/nullptr);
  if (parts) {
    answer["warnings"] = parts->compiled.warnings;
    addBackends(parts->compiled, build.backends, answer);
    return;
  }
  const Fault fault = faultOf(parts.takeError(), FaultKind::model);
  if (fault.setting.kind == SettingKind::binding)
    answer["wanted_binds"] = fault.setting.names;
  answer["problems"].push_back(fault.message);
}

Json cli::describeModel(const ModelOptions &options,
                        const BackendOptions &backends) {
  BuildOptions build = buildOptions(options, backends, /*threads=*/1, nullptr);
  ModelSummary summary;
  Fault fault;
  if (!orFail(theCompiler())->summarise(build.request.model, summary, fault))
    fail(inFile(options.model, std::move(fault)));
  Json answer = {{"kind", "model"},
                 {"inputs", portsOf(summary.inputs)},
                 {"outputs", portsOf(summary.outputs)}};
  addOperators(summary.operators, answer);
  answer["wanted_dims"] = wantedDims(summary, build);
  answer["wanted_binds"] = Json::array();
  answer["warnings"] = Json::array();
  if (answer["unsupported"].empty() && answer["problems"].empty() &&
      answer["wanted_dims"].empty()) {
    BackendSet set = backends.makeSet();
    askBackends(std::move(build), set, answer);
  }
  answer["supported"] =
      answer["unsupported"].empty() && answer["problems"].empty();
  return answer;
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

static void printOperators(const Json &answer) {
  std::vector<std::string> texts;
  for (const Json &use : answer["operators"])
    texts.push_back(fmt::format("{} {}", use["nodes"].get<uint64_t>(),
                                use["name"].get<std::string>()));
  fmt::print(dataFile(), "nodes    {}\n", fmt::join(texts, ", "));
  for (const Json &node : answer["unsupported"])
    fmt::print(
        dataFile(), "missing  {}: {}: {}\n", node["node"].get<std::string>(),
        node["operator"].get<std::string>(), node["why"].get<std::string>());
}

void cli::printModel(const Json &answer) {
  printOperators(answer);
  for (const Json &problem : answer["problems"])
    fmt::print(dataFile(), "problem  {}\n", problem.get<std::string>());
  for (const Json &warning : answer["warnings"])
    fmt::print(dataFile(), "warning  {}\n", warning.get<std::string>());
  for (const Json &name : answer["wanted_dims"])
    fmt::print(dataFile(), "wanted   --dim {}=SIZE\n", name.get<std::string>());
  for (const Json &name : answer["wanted_binds"])
    fmt::print(dataFile(), "wanted   --bind {}=FILE\n",
               name.get<std::string>());
  if (answer.contains("backends")) {
    std::vector<std::string> counts;
    for (const auto &[name, count] : answer["backends"].items())
      counts.push_back(fmt::format("{} on {}", count.get<uint64_t>(), name));
    fmt::print(dataFile(), "ops      {}\n", fmt::join(counts, ", "));
    for (const Json &refusal : answer["refusals"])
      fmt::print(dataFile(), "         {} {} not on {}: {}\n",
                 refusal["ops"].get<uint64_t>(),
                 refusal["kind"].get<std::string>(),
                 refusal["backend"].get<std::string>(),
                 refusal["reason"].get<std::string>());
  } else if (answer["supported"].get<bool>()) {
    fmt::print(dataFile(), "ops      the backends answer once all dims have "
                           "sizes\n");
  }
  fmt::print(dataFile(), "verdict  {}\n",
             answer["supported"].get<bool>() ? "supported" : "not supported");
}
