// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug conformance merge: shards as the report of a whole run.

#include "core/conformance/report/Merge.h"
#include "tools/glowplug/Conformance.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"

#include <fmt/format.h>

#include <filesystem>

using namespace glowplug;
using namespace glowplug::cli;
using namespace glowplug::conformance;
namespace fs = std::filesystem;

namespace {

class MergeVerb : public Verb {
public:
  MergeVerb(CLI::App &app, bool &json) : wantsJson(json) {
    app.add_option("REPORTS", paths, "")->required();
    app.add_option("-o,--output", folder, "folder for the report")
        ->type_name("DIR")
        ->required();
    signing.add(app);
    addJson(app, json);
    setHelp(app, {" REPORT... -o DIR [options]",
                  {"shard1 shard2 -o report",
                   "shard* -o report --sign-with minisign --key lab.key"},
                  "0 done, 1 a report says what does not follow from it,\n  2 "
                  "not the shards of one run"});
  }

  Status run() override;

private:
  void copyRepros() const;

  bool &wantsJson;
  std::vector<std::string> paths;
  std::string folder;
  SignOptions signing;
};

} // namespace

/// Copies the repros of failures, which have names of their own in each shard.
void MergeVerb::copyRepros() const {
  for (const std::string &path : paths) {
    const fs::path from = fs::path(path) / "failures";
    if (!fs::is_directory(from))
      continue;
    std::error_code code;
    fs::create_directories(folder, code);
    if (!code)
      fs::copy(from, fs::path(folder) / "failures", fs::copy_options::recursive,
               code);
    if (code)
      fail(modelFault, "cannot copy '" + from.string() + "' to '" + folder +
                           "': " + code.message());
  }
}

Status MergeVerb::run() {
  signing.check();
  if (fs::exists(folder) && !fs::is_empty(folder))
    fail(wrongUsage, "'" + folder + "' is there already, and not empty");
  std::vector<NamedRun> shards;
  for (const std::string &path : paths)
    shards.push_back({path, verifiedReport(path).run});
  const Report report = orFail(mergeShards(std::move(shards)));
  copyRepros();
  if (llvm::Error error = writeReportFolder(report, folder))
    fail(std::move(error));
  signing.sign(folder);
  if (wantsJson)
    printJson({{"folder", folder}, {"result", resultJson(report)}});
  else
    fmt::print(dataFile(), "{}report   {}\n", resultText(report), folder);
  return done;
}

std::unique_ptr<Verb> cli::addConformanceMerge(CLI::App &app, bool &json) {
  return std::make_unique<MergeVerb>(
      *app.add_subcommand("merge", "make one report of the shards of a run"),
      json);
}
