// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From figures to verdicts.

#include "core/conformance/record/Verdict.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace glowplug::conformance {

static constexpr std::array<const char *, 13> names = {
    "pass",        "not_supported",   "not_applicable", "waived",  "fail",
    "unpredicted", "unexpected_pass", "crash",          "timeout", "resources",
    "flaky",       "vacuous",         "suite"};

std::string levelName(Level level) {
  return "L" + std::to_string(static_cast<unsigned>(level));
}

std::string verdictName(Verdict verdict) {
  return names[static_cast<size_t>(verdict)];
}

std::optional<Verdict> parseVerdict(const std::string &name) {
  const auto *found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    return std::nullopt;
  return static_cast<Verdict>(found - names.begin());
}

bool isAllowed(Verdict verdict) { return verdict <= Verdict::waived; }

bool isWithin(const Measurement &measurement) {
  if (measurement.mismatches != 0)
    return false;
  if (!measurement.moments)
    return true;
  const Measurement::Moments &moments = *measurement.moments;
  // The negated forms also refuse a NaN.
  return moments.square <= moments.squareLimit &&
         std::fabs(moments.bias) <= moments.biasLimit;
}

/// Without a look at waivers.
static Verdict plainVerdict(const CaseRecord &record) {
  if (record.otherEndings != 0)
    return Verdict::flaky;
  switch (record.ending) {
  case Ending::refused:
    return record.isClaimed ? Verdict::unpredicted : Verdict::notSupported;
  case Ending::notApplicable:
    return Verdict::notApplicable;
  case Ending::failed:
    return Verdict::fail;
  case Ending::crashed:
    return Verdict::crash;
  case Ending::late:
    return Verdict::timeout;
  case Ending::resources:
    return Verdict::resources;
  case Ending::suite:
    return Verdict::suite;
  case Ending::finished:
    break;
  }
  if (!std::all_of(record.measurements.begin(), record.measurements.end(),
                   isWithin))
    return Verdict::fail;
  if (record.measurements.empty() || (record.ops != 0 && record.opsTaken == 0))
    return Verdict::vacuous;
  return Verdict::pass;
}

Verdict verdictOf(const CaseRecord &record, bool isWaived) {
  const Verdict verdict = plainVerdict(record);
  if (!isWaived)
    return verdict;
  if (verdict == Verdict::pass)
    return Verdict::unexpectedPass;
  return isAllowed(verdict) ? verdict : Verdict::waived;
}

} // namespace glowplug::conformance
