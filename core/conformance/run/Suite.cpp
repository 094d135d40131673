// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All levels together.

#include "core/conformance/run/Suite.h"

#include "core/conformance/cases/Aliases.h"
#include "core/conformance/cases/ops/OpCases.h"
#include "core/conformance/graphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace glowplug::conformance {

void addAbiCases(std::vector<SuiteCase> &cases) {
  for (const AbiCase &abiCase : abiCases())
    cases.push_back(fromAbi(abiCase));
}

std::vector<ProgramCase> programCases(const SuiteOptions &options) {
  OpCaseOptions settings;
  settings.depth = options.depth;
  settings.tiles = options.claims.tiles;
  if (!options.claims.claims.empty()) {
    settings.isClaimed = [&](const Features &features) {
      return options.claims.covers(features);
    };
    settings.mayBeClaimed = [&](const Features &some) {
      return options.claims.mayCover(some);
    };
  }
  std::vector<ProgramCase> cases = opCases(settings);
  llvm::sort(cases, [](const ProgramCase &a, const ProgramCase &b) {
    return a.name < b.name;
  });
  return cases;
}

void addOpCases(const SuiteOptions &options, std::vector<SuiteCase> &cases) {
  for (ProgramCase &made : programCases(options))
    cases.push_back(fromProgram(std::move(made)));
}

/// Random models of one kind.
struct GraphKind {
  const char *name;
  std::function<graphs::Case(uint64_t seed)> generate;
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
  const auto generated = [](const graphs::Options &options) {
    return [options](uint64_t seed) { return graphs::generate(seed, options); };
  };
  return {{"any", generated({}), 10, 250, 2000},
          {"integer", generated(integers), 10, 200, 1500},
          {"chain", graphs::generateChain, 3, 40, 400}};
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
      made.isRandom = true;
      made.make = [generate = kind.generate](uint64_t seed) {
        // Plain loops on slow machines have to end in time.
        constexpr double most = 300'000;
        for (;; ++seed)
          if (graphs::Case graph = generate(seed); graph.macs <= most)
            return graph;
      };
      cases.push_back(fromModel(std::move(made)));
    }
  }
}

void addAliasCases(const SuiteOptions &options, std::vector<SuiteCase> &cases) {
  for (ProgramCase &made : aliasCases(options.depth))
    cases.push_back(fromProgram(std::move(made)));
}

std::vector<SuiteCase> suiteCases(const SuiteOptions &options) {
  std::vector<SuiteCase> cases;
  addAbiCases(cases);
  addOpCases(options, cases);
  addGraphCases(options, cases);
  addInstrCases(options, cases);
  addTimingCases(options, cases);
  addLimitCases(options, cases);
  addImageCases(options, cases);
  addAliasCases(options, cases);
  addRelationCases(options, cases);
  addModelCases(options, cases);
  llvm::sort(cases, [](const SuiteCase &a, const SuiteCase &b) {
    return std::tie(a.level, a.name) < std::tie(b.level, b.name);
  });
  return cases;
}

} // namespace glowplug::conformance
