// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All levels together.

#include "core/conformance/run/Suite.h"

#include "core/conformance/cases/ops/OpCases.h"
#include "core/conformance/graphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace glowplug::conformance {

void addAbiCases(std::vector<SuiteCase> &cases) {
  for (const AbiCase &abiCase : abiCases())
    cases.push_back(fromAbi(abiCase));
}

void addOpCases(const SuiteOptions &options, std::vector<SuiteCase> &cases) {
  OpCaseOptions settings;
  settings.depth = options.depth;
  settings.tiles = options.tiles;
  if (!options.claims.claims.empty())
    settings.isClaimed = [&](const Features &features) {
      return options.claims.covers(features);
    };
  for (ProgramCase &made : opCases(settings))
    cases.push_back(fromProgram(std::move(made)));
}

/// Random models of one kind.
struct GraphKind {
  const char *name;
  graphs::Options options;
  unsigned smoke, quick, full; ///< How many there are.
};

static std::vector<GraphKind> graphKinds() {
  graphs::Options integers;
  // What integer devices take, and what moves its results around.
  integers.only = {
      "QdqIsland",     "QLinearAdd",  "QLinearConv",    "QLinearMatMul",
      "MatMulInteger", "ConvInteger", "QuantizeLinear", "DequantizeLinear",
      "Transpose",     "Reshape",     "Concat",         "Slice",
      "Pad",           "MaxPool",     "Flatten",        "Squeeze",
      "Unsqueeze"};
  return {{"any", {}, 10, 250, 2000}, {"integer", integers, 10, 200, 1500}};
}

void addGraphCases(const SuiteOptions &options, std::vector<SuiteCase> &cases) {
  for (const GraphKind &kind : graphKinds()) {
    const unsigned counts[] = {kind.smoke, kind.quick, kind.full};
    const unsigned count = counts[static_cast<size_t>(options.depth)];
    for (unsigned i = 0; i < count; ++i) {
      ModelCase made;
      made.name = fmt::format("graphs/{}/{:04}", kind.name, i);
      made.level = Level::graphs;
      made.features = {{"graph", kind.name}};
      made.depth = i < kind.smoke   ? Depth::smoke
                   : i < kind.quick ? Depth::quick
                                    : Depth::full;
      made.make = [settings = kind.options](uint64_t seed) {
        // Plain loops on slow machines have to end in time.
        constexpr double most = 300'000;
        for (;; ++seed)
          if (graphs::Case graph = graphs::generate(seed, settings);
              graph.macs <= most)
            return graph;
      };
      cases.push_back(fromModel(std::move(made)));
    }
  }
}

std::vector<SuiteCase> suiteCases(const SuiteOptions &options) {
  std::vector<SuiteCase> cases;
  addAbiCases(cases);
  addOpCases(options, cases);
  addGraphCases(options, cases);
  llvm::sort(cases, [](const SuiteCase &a, const SuiteCase &b) {
    return std::tie(a.level, a.name) < std::tie(b.level, b.name);
  });
  return cases;
}

} // namespace glowplug::conformance
