// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Days, and versions of plugins: what waivers are bound to.

#pragma once

#include "llvm/ADT/StringRef.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace glowplug::conformance {

using Date = std::chrono::year_month_day;

/// "2026-01-31" as a day that exists.
std::optional<Date> parseDate(llvm::StringRef text);

/// The same day a year later; the 28th after the 29th of February.
Date aYearAfter(Date date);

/// Versions of a plugin: "*" is all of them, "1.2-beta" that very text, and
/// ">=1.2 <2" all numbers with dots in that range, where 1.2 is 1.2.0.
class VersionRange {
public:
  static std::optional<VersionRange> parse(llvm::StringRef text);
  bool contains(llvm::StringRef version) const;

private:
  struct Bound {
    std::string comparison; ///< ">=", ">", "<=" or "<"
    std::vector<uint64_t> version;
  };
  std::vector<Bound> bounds;
  std::string exact; ///< Empty: what is within the bounds.
};

} // namespace glowplug::conformance
