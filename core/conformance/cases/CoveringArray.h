// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Few combinations of many choices that still meet each other.

#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glowplug::conformance {

/// One thing that varies, and what it may be.
struct Factor {
  std::string name;
  std::vector<int64_t> values;
};

/// One value for each factor.
class Choice {
public:
  Choice(const std::vector<Factor> &factors, std::vector<int64_t> values)
      : factors(&factors), values(std::move(values)) {}

  /// The value of the factor \p name, which exists.
  int64_t operator[](std::string_view name) const;

private:
  const std::vector<Factor> *factors;
  std::vector<int64_t> values;
};

/// Choices such that any \p strength values of different factors meet in at
/// least one, unless \p isValid allows none with both; of them the first
/// \p most. The same for equal arguments. \p factors outlives the result.
std::vector<Choice>
coveringChoices(const std::vector<Factor> &factors, unsigned strength,
                const std::function<bool(const Choice &)> &isValid = {},
                size_t most = std::numeric_limits<size_t>::max());

} // namespace glowplug::conformance
