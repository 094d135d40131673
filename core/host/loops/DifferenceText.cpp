// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a comparison found, in words.

#include "core/host/loops/DifferenceText.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace glowplug;

uint64_t glowplug::countNotFinite(const OutputComparison &found) {
  return found.nanForNumber + found.numberForNan + found.infinite;
}

/// "2 of 12 elements outside the limit (2 NaN where a number was expected)".
static std::string countText(const OutputComparison &found) {
  std::string text =
      fmt::format("{} of {} elements {}", found.mismatches, found.elements,
                  found.isExact ? "differ" : "outside the limit");
  std::vector<std::string> kinds;
  if (found.nanForNumber != 0)
    kinds.push_back(
        fmt::format("{} NaN where a number was expected", found.nanForNumber));
  if (found.numberForNan != 0)
    kinds.push_back(fmt::format("{} number{} where NaN was expected",
                                found.numberForNan,
                                found.numberForNan == 1 ? "" : "s"));
  if (found.infinite != 0)
    kinds.push_back(fmt::format(
        "{} infinite where another number was expected, or the other way round",
        found.infinite));
  if (!kinds.empty())
    text += " (" + llvm::join(kinds, ", ") + ")";
  return text;
}

static std::string elementText(const WrongElement &element) {
  const std::string place =
      element.index.empty()
          ? ""
          : fmt::format(" at [{}]", fmt::join(element.index, ", "));
  return fmt::format("{}: got {}, want {}", place, element.got, element.want);
}

std::string glowplug::differenceText(llvm::StringRef name,
                                     const OutputComparison &found) {
  std::string text = "output '" + name.str() + "': " + countText(found);
  // Of those that are not finite there is no error to measure.
  if (found.mismatches != countNotFinite(found))
    text += fmt::format(", max error {:.3g}", found.maxError);
  text += "; first" + elementText(found.first);
  if (found.worst.index != found.first.index)
    text += "; worst" + elementText(found.worst);
  return text;
}

std::string glowplug::vacuousText(const Comparison &comparison) {
  const OutputComparison all = comparison.total();
  return fmt::format("{} of {} elements are within the limit only as floats "
                     "next to a tie may round the other way; of an output, at "
                     "most {:g} % may be",
                     all.decidedOtherwise, all.elements,
                     100 * mostDecidedOtherwise);
}
