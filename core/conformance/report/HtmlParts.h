// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The sections of the page. Each function appends its own to `page`.

#pragma once

#include "core/conformance/report/Diff.h"
#include "core/report/Text.h"

namespace glowplug::conformance {

using report::grouped;
using report::htmlText;

/// Of all cases of a cell of the coverage matrix: "cell-3". The order is that
/// of Report::coverage.
std::string cellId(size_t cell);

/// A verdict with its colour.
std::string badge(Verdict verdict);

/// "<section id=ID><h2>TITLE</h2>", and a hint if there is one.
std::string sectionHead(const std::string &id, const std::string &title,
                        const std::string &hint = "");

void addVerdict(std::string &page, const Report &report);
void addIdentity(std::string &page, const Report &report);
void addWaivers(std::string &page, const Report &report);
void addProfiles(std::string &page, const Report &report);
void addCoverage(std::string &page, const Report &report);
void addFailures(std::string &page, const Report &report);
void addUntested(std::string &page, const Report &report);
void addSlowest(std::string &page, const Report &report);
void addHistory(std::string &page, const Diff &history);
void addCases(std::string &page, const Report &report);

} // namespace glowplug::conformance
