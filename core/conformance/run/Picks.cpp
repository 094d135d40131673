// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Picks programs.

#include "core/conformance/run/Picks.h"

#include "core/conformance/cases/Data.h"
#include "core/conformance/cases/ops/OpCases.h"

#include <map>

namespace glowplug::conformance {

static bool isWanted(const SuiteOptions &options, const SuiteCase &suiteCase) {
  if (!suiteCase.program || suiteCase.level != Level::ops)
    return false;
  const auto data = suiteCase.features.find("data");
  if (data != suiteCase.features.end() &&
      data->second == dataSetName(DataSet::specials))
    return false;
  return options.claims.claims.empty()
             ? isCommon(suiteCase.features)
             : options.claims.covers(suiteCase.features);
}

/// The \p count entries of \p all that lie evenly.
template <typename T>
static std::vector<T> evenly(const std::vector<T> &all, size_t count) {
  if (all.size() <= count)
    return all;
  std::vector<T> some;
  for (size_t i = 0; i < count; ++i)
    some.push_back(all[i * all.size() / count]);
  return some;
}

std::vector<Pick> pickPrograms(const SuiteOptions &options,
                               const std::vector<SuiteCase> &cases,
                               const PickCounts &counts) {
  using Kind = std::pair<std::string, std::string>;
  std::vector<Pick> picks;
  std::map<Kind, size_t> taken;
  // What a depth has, deeper runs have too.
  for (const Depth depth : {Depth::smoke, Depth::quick, Depth::full}) {
    const auto index = static_cast<size_t>(depth);
    std::map<Kind, std::vector<Pick>> kinds;
    for (const SuiteCase &suiteCase : cases)
      if (suiteCase.depth == depth && isWanted(options, suiteCase)) {
        constexpr size_t prefix = sizeof("ops/") - 1;
        kinds[{suiteCase.features.at("op"), suiteCase.features.at("type")}]
            .push_back({suiteCase.program, suiteCase.name.substr(prefix),
                        suiteCase.features.at("op"),
                        suiteCase.features.at("type"), depth});
      }
    std::vector<Pick> added;
    for (const auto &[kind, found] : kinds) {
      const size_t room =
          counts.ofKind[index] - std::min(counts.ofKind[index], taken[kind]);
      const std::vector<Pick> some = evenly(found, room);
      added.insert(added.end(), some.begin(), some.end());
    }
    const size_t room =
        counts.inAll[index] - std::min(counts.inAll[index], picks.size());
    added = evenly(added, room);
    for (const Pick &pick : added)
      ++taken[{pick.op, pick.type}];
    picks.insert(picks.end(), added.begin(), added.end());
  }
  return picks;
}

} // namespace glowplug::conformance
