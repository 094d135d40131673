// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a comparison found, in words and as JSON.

#include "tools/glowplug/Differences.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace glowplug;
using namespace glowplug::cli;

Status cli::statusOf(CompareVerdict verdict) {
  switch (verdict) {
  case CompareVerdict::pass:
    return done;
  case CompareVerdict::fail:
    return comparisonFailed;
  case CompareVerdict::notComparable:
    return notComparable;
  }
  llvm_unreachable("unknown verdict");
}

static const char *nameOf(CompareVerdict verdict) {
  switch (verdict) {
  case CompareVerdict::pass:
    return "pass";
  case CompareVerdict::fail:
    return "fail";
  case CompareVerdict::notComparable:
    return "not comparable";
  }
  llvm_unreachable("unknown verdict");
}

static uint64_t countNotFinite(const OutputComparison &found) {
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

std::string cli::differenceText(llvm::StringRef name,
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

std::string cli::vacuousText(const Comparison &comparison) {
  const OutputComparison all = comparison.total();
  return fmt::format("{} of {} elements are within the limit only as floats "
                     "next to a tie may round the other way; of an output, at "
                     "most {:g} % may be",
                     all.decidedOtherwise, all.elements,
                     100 * mostDecidedOtherwise);
}

static Json elementJson(const PortInfo &port, const WrongElement &element) {
  // As text: JSON has no NaN and no infinity, and readers round 64 bits.
  return {{"output", port.name},
          {"index", element.index},
          {"got", element.got},
          {"want", element.want}};
}

Json cli::comparisonJson(llvm::ArrayRef<PortInfo> ports,
                         const Comparison &comparison) {
  const OutputComparison all = comparison.total();
  Json json = {{"verdict", nameOf(comparison.verdict())},
               {"elements", all.elements},
               {"mismatches", all.mismatches},
               {"nan_for_number", all.nanForNumber},
               {"number_for_nan", all.numberForNan},
               {"infinite", all.infinite},
               {"max_error", all.maxError},
               {"max_error_over_limit", all.maxErrorOverLimit},
               {"decided_otherwise", all.decidedOtherwise}};
  if (all.mismatches != 0) {
    const size_t first = comparison.firstWrong();
    const size_t worst = comparison.worstWrong();
    json["first"] = elementJson(ports[first], comparison.outputs[first].first);
    json["worst"] = elementJson(ports[worst], comparison.outputs[worst].worst);
  }
  return json;
}

void cli::printComparison(llvm::ArrayRef<PortInfo> ports,
                          const Comparison &comparison) {
  const OutputComparison all = comparison.total();
  const bool isMeasured = countNotFinite(all) == 0;
  fmt::print("compare  {}: {} of {} elements outside the limit, max error "
             "{}{:.3g}, {:.3g} of the limit\n",
             nameOf(comparison.verdict()), all.mismatches, all.elements,
             isMeasured ? "" : "of the finite ones ", all.maxError,
             all.maxErrorOverLimit);
  for (auto [port, found] : llvm::zip_equal(ports, comparison.outputs))
    if (found.mismatches != 0)
      fmt::print("         {}\n", differenceText(port.name, found));
  if (all.decidedOtherwise != 0)
    fmt::print("         {}\n", vacuousText(comparison));
}
