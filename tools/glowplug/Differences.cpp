// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a comparison found, in words and as JSON.

#include "tools/glowplug/Differences.h"
#include "tools/glowplug/DataFile.h"

#include "core/host/loops/DifferenceText.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

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
  fmt::print(dataFile(),
             "compare  {}: {} of {} elements outside the limit, max error "
             "{}{:.3g}, {:.3g} of the limit\n",
             nameOf(comparison.verdict()), all.mismatches, all.elements,
             isMeasured ? "" : "of the finite ones ", all.maxError,
             all.maxErrorOverLimit);
  for (auto [port, found] : llvm::zip_equal(ports, comparison.outputs))
    if (found.mismatches != 0)
      fmt::print(dataFile(), "         {}\n", differenceText(port.name, found));
  if (all.decidedOtherwise != 0)
    fmt::print(dataFile(), "         {}\n", vacuousText(comparison));
}
