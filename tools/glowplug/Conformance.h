// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The verbs of `glowplug conformance`, and what they share.

#pragma once

#include "core/conformance/report/Folder.h"
#include "core/conformance/report/Sign.h"
#include "tools/glowplug/Cli.h"

namespace glowplug::cli {

/// Adds a verb below `conformance`. \p json is the flag of the outer verb,
/// which says how errors are printed; it outlives the inner one.
std::unique_ptr<Verb> addConformanceVerify(CLI::App &app, bool &json);
std::unique_ptr<Verb> addConformanceMerge(CLI::App &app, bool &json);
std::unique_ptr<Verb> addConformanceDiff(CLI::App &app, bool &json);

/// The options about a signature of what is written.
struct SignOptions {
  std::string tool; // --sign-with
  std::string key;  // --key

  void add(CLI::App &app);
  /// Ends the command if the options do not fit together.
  void check() const;
  /// Signs the report in \p folder if that is asked for.
  void sign(const std::string &folder) const;
};

/// The report at \p path. Ends the command unless all of it follows from its
/// figures: what is not so must not be built upon.
conformance::Report verifiedReport(const std::string &path);

/// What came of the run, as lines for people.
std::string resultText(const conformance::Report &report);

/// The same as a part of an answer.
Json resultJson(const conformance::Report &report);

} // namespace glowplug::cli
