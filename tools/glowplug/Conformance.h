// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The verbs of `glowplug conformance`, and what they share.

#pragma once

#include "core/conformance/report/Folder.h"
#include "core/conformance/report/Sign.h"
#include "core/conformance/run/RunSuite.h"
#include "tools/glowplug/Cli.h"

namespace glowplug::cli {

/// Adds a verb below `conformance`. \p json is the flag of the outer verb,
/// which says how errors are printed; it outlives the inner one.
std::unique_ptr<Verb> addConformanceList(CLI::App &app, bool &json);
std::unique_ptr<Verb> addConformanceCase(CLI::App &app, bool &json);
std::unique_ptr<Verb> addConformanceVerify(CLI::App &app, bool &json);
std::unique_ptr<Verb> addConformanceMerge(CLI::App &app, bool &json);
std::unique_ptr<Verb> addConformanceExportRtl(CLI::App &app, bool &json);
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

/// The options about the plugin under test.
struct PluginOptions {
  std::string plugin;               // --plugin
  std::vector<std::string> options; // --option
  uint64_t seed = 0;                // --seed
  unsigned timeoutSeconds = 60;     // --call-timeout

  void add(CLI::App &app);
  /// What they say; ends the command without a plugin.
  conformance::SuiteRequest request() const;
};

/// The options about which cases there are.
struct CaseOptions {
  std::string level = "quick";     // --level
  std::vector<std::string> filter; // --filter

  void add(CLI::App &app);
  void set(conformance::SuiteRequest &request) const;
};

/// `glowplug conformance --plugin FILE`: the whole suite.
class ConformanceRun {
public:
  void add(CLI::App &app);
  Status run(bool json);

private:
  PluginOptions plugin;
  CaseOptions suite;
  SignOptions signing;
  std::string folder = "conformance"; // --out
  std::string shard;                  // --shard
  std::string waivers;                // --waivers
  unsigned jobs = 0;                  // --jobs
  bool stopsAtFailure = false;        // --stop-at-failure
  bool isFresh = false;               // --fresh
};

/// The report at \p path. Ends the command unless all of it follows from its
/// figures: what is not so must not be built upon.
conformance::Report verifiedReport(const std::string &path);

/// What came of the run, as lines for people.
std::string resultText(const conformance::Report &report);

/// The same as a part of an answer.
Json resultJson(const conformance::Report &report);

} // namespace glowplug::cli
