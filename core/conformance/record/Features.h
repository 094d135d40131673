// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a case is about, and sets of cases that are described by that.

#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace glowplug::conformance {

/// What a case is about: "op" is "Conv", "type" is "u8", "recipe" is
/// "tosa_single". Claims of a manifest and the coverage matrix speak of these.
using Features = std::map<std::string, std::string>;

/// Features with the values that are wanted of each.
using WantedFeatures = std::map<std::string, std::set<std::string>>;

/// Whether \p features has what \p wanted names first, with one of its values.
inline bool has(const Features &features,
                const WantedFeatures::value_type &wanted) {
  const auto found = features.find(wanted.first);
  return found != features.end() && wanted.second.count(found->second) != 0;
}

/// Whether \p features has all that is wanted.
inline bool hasAll(const Features &features, const WantedFeatures &wanted) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const auto &one) { return has(features, one); });
}

/// Whether it has something of that.
inline bool hasAny(const Features &features, const WantedFeatures &wanted) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const auto &one) { return has(features, one); });
}

/// Whether a case that has \p some features, and others, may have all that is
/// wanted.
inline bool mayHaveAll(const Features &some, const WantedFeatures &wanted) {
  return std::all_of(some.begin(), some.end(), [&](const auto &feature) {
    const auto found = wanted.find(feature.first);
    return found == wanted.end() || found->second.count(feature.second) != 0;
  });
}

} // namespace glowplug::conformance
