// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The verdict of a case, derived from its raw figures alone: the run that
/// measured it and `glowplug conformance verify` come to the same one.

#pragma once

#include "core/conformance/record/Record.h"

namespace glowplug::conformance {

enum class Verdict : uint8_t {
  pass,
  notSupported,  ///< Refused, as the manifest says.
  notApplicable, ///< The plugin lacks what the case needs, lawfully.
  waived,        ///< Fails, and a waiver says so.
  fail,
  unpredicted,    ///< Refused, although the manifest says it is taken.
  unexpectedPass, ///< A waiver says that it fails.
  crash,
  timeout,
  resources,
  flaky,   ///< Attempts ended differently.
  vacuous, ///< The plugin under test did no op of it.
  suite,   ///< A defect of the suite.
};

/// "not_supported"
std::string verdictName(Verdict verdict);
/// Nothing for other text.
std::optional<Verdict> parseVerdict(const std::string &name);

/// Whether a conformant plugin may have it.
bool isAllowed(Verdict verdict);

/// Whether \p measurement is within its rule.
bool isWithin(const Measurement &measurement);

/// The verdict of \p record. \p isWaived: a waiver that has not expired names
/// the case.
Verdict verdictOf(const CaseRecord &record, bool isWaived = false);

} // namespace glowplug::conformance
