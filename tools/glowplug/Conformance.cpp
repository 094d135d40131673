// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug conformance: its verbs, and what they share.

#include "tools/glowplug/Conformance.h"

#include "tools/glowplug/Help.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;
using namespace glowplug::conformance;

void SignOptions::add(CLI::App &app) {
  app.add_option("--sign-with", tool,
                 "sign the report by minisign, signify or gpg")
      ->type_name("TOOL")
      ->check(CLI::IsMember({"minisign", "signify", "gpg"}));
  app.add_option("--key", key,
                 "secret key to sign with; of gpg also the name of a key")
      ->type_name("FILE");
}

void SignOptions::check() const {
  if (tool.empty() != key.empty())
    fail(wrongUsage, "--sign-with and --key need each other");
}

void SignOptions::sign(const std::string &folder) const {
  if (tool.empty())
    return;
  if (llvm::Error error = signFolder(folder, *parseSigner(tool), key))
    fail(std::move(error));
}

Report cli::verifiedReport(const std::string &path) {
  Verification verification = orFail(verifyPath(path));
  if (!verification.errors.empty())
    fail(modelFault, verification.errors.front() +
                         "\n  see `glowplug conformance verify " + path + "`");
  return std::move(*verification.report);
}

/// The runtime has verdicts too: those of check().
static conformance::Verdict verdictAt(size_t index) {
  return static_cast<conformance::Verdict>(index);
}

/// "3 fail", for each verdict that there is.
static std::string countsText(const Report &report) {
  std::vector<std::string> counts;
  for (size_t verdict = 0; verdict != verdictCount; ++verdict)
    if (const uint64_t count = report.count(verdictAt(verdict)))
      counts.push_back(std::to_string(count) + " " +
                       verdictName(verdictAt(verdict)));
  if (!report.missing.empty())
    counts.push_back(std::to_string(report.missing.size()) + " missing");
  return llvm::join(counts, ", ");
}

std::string cli::resultText(const Report &report) {
  const Identity &identity = report.run.identity;
  const std::vector<std::string> conformant = report.conformant();
  return fmt::format(
      "plugin   {} {}\nrun      suite {}, level {}, seed {}\ncases    {}: {}\n"
      "profiles {}\n",
      identity.pluginName, identity.pluginVersion, identity.suite,
      identity.level, identity.seed, report.cases.size(), countsText(report),
      conformant.empty() ? "conformant to none"
                         : "conformant to " + llvm::join(conformant, ", "));
}

cli::Json cli::resultJson(const Report &report) {
  cli::Json counts = cli::Json::object();
  for (size_t verdict = 0; verdict != verdictCount; ++verdict)
    counts[verdictName(verdictAt(verdict))] = report.count(verdictAt(verdict));
  return {{"plugin", report.run.identity.pluginName},
          {"level", report.run.identity.level},
          {"cases", report.cases.size()},
          {"verdicts", std::move(counts)},
          {"failures", report.failures()},
          {"missing", report.missing.size()},
          {"passed", report.hasPassed()},
          {"conformant", report.conformant()}};
}

namespace {

class ConformanceVerb : public Verb {
public:
  explicit ConformanceVerb(CLI::App &app) : app(app) {
    app.require_subcommand(0, 1);
    suite.add(app);
    addJson(app, json);
    add(addConformanceList(app, json));
    add(addConformanceCase(app, json));
    add(addConformanceExportRtl(app, json));
    add(addConformanceVerify(app, json));
    add(addConformanceMerge(app, json));
    add(addConformanceDiff(app, json));
    setHelp(app, {" --plugin FILE [options], or VERB ...",
                  {"--plugin ./mine.so --level smoke", "verify conformance",
                   "diff yesterday today"},
                  "0 all cases pass, 2 wrong usage, 3 the plugin cannot be "
                  "used,\n  4 a case fails, 6 stopped"});
  }

  Status run() override {
    const auto used = app.get_subcommands();
    if (used.empty())
      return suite.run(json);
    return verbs.at(used.front())->run();
  }

private:
  /// Keeps \p verb under the last one that was added to `app`.
  void add(std::unique_ptr<Verb> verb) {
    verbs[app.get_subcommands({}).back()] = std::move(verb);
  }

  CLI::App &app;
  ConformanceRun suite;
  std::map<const CLI::App *, std::unique_ptr<Verb>> verbs;
};

} // namespace

std::unique_ptr<Verb> cli::addConformance(CLI::App &app) {
  return std::make_unique<ConformanceVerb>(
      *app.add_subcommand("conformance", "prove what a backend can do"));
}
