// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Days, and versions of plugins.

#include "core/conformance/report/Dates.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace glowplug::conformance {

std::optional<Date> parseDate(llvm::StringRef text) {
  unsigned year = 0, month = 0, day = 0;
  const bool hasForm = text.size() == 10 && text[4] == '-' && text[7] == '-';
  if (!hasForm || text.substr(0, 4).getAsInteger(10, year) ||
      text.substr(5, 2).getAsInteger(10, month) ||
      text.substr(8, 2).getAsInteger(10, day))
    return std::nullopt;
  const Date date{std::chrono::year(static_cast<int>(year)),
                  std::chrono::month(month), std::chrono::day(day)};
  return date.ok() ? std::optional(date) : std::nullopt;
}

Date aYearAfter(Date date) {
  const Date later = date + std::chrono::years(1);
  return later.ok() ? later
                    : Date{later.year(), later.month(), std::chrono::day(28)};
}

/// "1.2.0" as 1, 2: zeros at the end say nothing.
static std::optional<std::vector<uint64_t>> parseVersion(llvm::StringRef text) {
  std::vector<uint64_t> numbers;
  for (const llvm::StringRef part : llvm::split(text, '.')) {
    uint64_t number = 0;
    if (!llvm::all_of(part, llvm::isDigit) || part.getAsInteger(10, number))
      return std::nullopt;
    numbers.push_back(number);
  }
  while (!numbers.empty() && numbers.back() == 0)
    numbers.pop_back();
  return numbers;
}

std::optional<VersionRange> VersionRange::parse(llvm::StringRef text) {
  VersionRange range;
  llvm::SmallVector<llvm::StringRef> words;
  text.split(words, ' ', -1, /*KeepEmpty=*/false);
  if (words.empty())
    return std::nullopt;
  if (words.size() == 1 && words[0] == "*")
    return range;
  if (words.size() == 1 && !llvm::StringRef("<>=*").contains(words[0][0])) {
    range.exact = words[0].str();
    return range;
  }
  for (llvm::StringRef word : words) {
    Bound bound;
    for (const char *comparison : {">=", "<=", ">", "<"})
      if (bound.comparison.empty() && word.consume_front(comparison))
        bound.comparison = comparison;
    const auto version = parseVersion(word);
    if (bound.comparison.empty() || !version)
      return std::nullopt;
    bound.version = *version;
    range.bounds.push_back(std::move(bound));
  }
  return range;
}

bool VersionRange::contains(llvm::StringRef version) const {
  if (!exact.empty())
    return version == exact;
  if (bounds.empty())
    return true;
  const auto numbers = parseVersion(version);
  return numbers && llvm::all_of(bounds, [&](const Bound &bound) {
           if (bound.comparison == ">=")
             return *numbers >= bound.version;
           if (bound.comparison == ">")
             return *numbers > bound.version;
           if (bound.comparison == "<=")
             return *numbers <= bound.version;
           return *numbers < bound.version;
         });
}

} // namespace glowplug::conformance
