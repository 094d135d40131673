// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The list of all families.

#include "core/conformance/cases/ops/OpCases.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <set>

namespace glowplug::conformance {

/// The rows of a table are alike: a few of each stand for all in smoke runs.
static constexpr size_t inSmoke = 2;

void OpCaseList::add(llvm::StringRef op, DType type, const std::string &variant,
                     Depth depth, Features features, MakeSample make) {
  if (depth > options.depth)
    return;
  ProgramCase added;
  added.name = ("ops/" + op + "/" + dtypeName(type) + "/" + variant).str();
  added.level = Level::ops;
  added.features = std::move(features);
  added.features["op"] = op.str();
  added.features["type"] = dtypeName(type).str();
  if (isCommon(added.features))
    added.features["scope"] = "common";
  added.depth = depth;
  added.make = std::move(make);
  cases.push_back(std::move(added));
}

std::vector<Choice> OpCaseList::choose(
    llvm::StringRef op, DType type, const std::vector<Factor> &factors,
    const std::function<bool(const Choice &)> &isLawful,
    const std::function<Features(const Choice &)> &featuresOf) const {
  const auto isCommonChoice = [&](const Choice &choice) {
    return isLawful(choice) && isCommon(featuresOf(choice));
  };
  const auto isTaken = [&](const Choice &choice) {
    return isLawful(choice) &&
           (!options.isClaimed || options.isClaimed(featuresOf(choice)));
  };
  std::vector<Choice> choices;
  const size_t most = options.depth == Depth::smoke
                          ? inSmoke
                          : std::numeric_limits<size_t>::max();
  const auto cover = [&](unsigned strength, const auto &isValid) {
    llvm::append_range(choices, coveringChoices(factors, strength, isValid,
                                                most - choices.size()));
  };
  const Features some = {{"op", op.str()}, {"type", dtypeName(type).str()}};
  if (!options.mayBeClaimed || options.mayBeClaimed(some))
    cover(options.depth == Depth::full ? 3 : 2, isTaken);
  if (mayBeCommon(some))
    cover(2, isCommonChoice);
  if (options.isClaimed)
    cover(1, isLawful);
  return choices;
}

Depth OpCaseList::depthOf(size_t index) const {
  if (index < inSmoke)
    return Depth::smoke;
  return options.depth == Depth::full ? Depth::full : Depth::quick;
}

std::vector<int64_t> OpCaseList::edges() const {
  std::set<int64_t> sizes = {1, 3};
  for (const int64_t tile : options.tiles)
    for (const int64_t size : {tile - 1, tile, tile + 1, 2 * tile + 1})
      if (size > 0)
        sizes.insert(size);
  return {sizes.begin(), sizes.end()};
}

std::vector<DType> dtypes(bool (*holds)(DType)) {
  std::vector<DType> types;
  for (unsigned number = 1; number < dtypeCount; ++number)
    if (const auto type = static_cast<DType>(number); !holds || holds(type))
      types.push_back(type);
  return types;
}

std::vector<ProgramCase> opCases(const OpCaseOptions &options) {
  OpCaseList list(options);
  addMatMuls(list);
  addConvs(list);
  addMaps(list);
  addReductions(list);
  addWindows(list);
  addMovement(list);
  addIndexing(list);
  addOrders(list);
  addComposites(list);
  std::vector<ProgramCase> cases = list.take();
  llvm::sort(cases, [](const ProgramCase &a, const ProgramCase &b) {
    return a.name < b.name;
  });
  // Two choices of a table may name one case.
  const auto last = std::unique(cases.begin(), cases.end(),
                                [](const ProgramCase &a, const ProgramCase &b) {
                                  return a.name == b.name;
                                });
  cases.erase(last, cases.end());
  return cases;
}

} // namespace glowplug::conformance
