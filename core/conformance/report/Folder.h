// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The folder of a report: report.json, junit.xml, report.html, repros of
/// failures, and SHA256SUMS over all of them.

#pragma once

#include "core/conformance/report/Diff.h"
#include "core/conformance/report/Verify.h"

namespace glowplug::conformance {

inline constexpr const char *reportFile = "report.json";
inline constexpr const char *junitFile = "junit.xml";
inline constexpr const char *pageFile = "report.html";
inline constexpr const char *sumsFile = "SHA256SUMS";

/// Writes the files of \p report into \p folder, which is made if need be, and
/// then SHA256SUMS over all that is in it. A signature that was there is
/// removed: it would not hold. Each file is written whole or not at all; faults
/// are of kind `resources`.
llvm::Error writeReportFolder(const Report &report, const std::string &folder,
                              const Diff *history = nullptr);

/// Hashes all files in \p folder and below, but SHA256SUMS and signatures of
/// it, in the form of the command sha256sum, in the order of their names.
llvm::Expected<std::string> sumsOf(const std::string &folder);

/// The report at \p path: report.json in that folder, or that very file. The
/// fault, of kind `usage`, names it.
llvm::Expected<std::string> reportPath(const std::string &path);

/// Verifies the report at \p path: what verifyReport() does, and if it is a
/// folder with SHA256SUMS, that they hold for all that is in it.
llvm::Expected<Verification> verifyPath(const std::string &path);

} // namespace glowplug::conformance
