// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug conformance diff: what changed from one report to another.

#include "core/conformance/report/Html.h"
#include "core/support/WriteFile.h"
#include "tools/glowplug/Conformance.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;
using namespace glowplug::conformance;

namespace {

class DiffVerb : public Verb {
public:
  DiffVerb(CLI::App &app, bool &json) : wantsJson(json) {
    app.add_option("OLD", before, "")->required();
    app.add_option("NEW", after, "")->required();
    app.add_option("--report", page,
                   "write the page of NEW with the changes to FILE")
        ->type_name("FILE");
    addJson(app, json);
    setHelp(app, {" OLD NEW [options]",
                  {"yesterday today", "yesterday today --report page.html"},
                  "0 nothing became worse, 1 something did, 2 wrong usage"});
  }

  Status run() override;

private:
  bool &wantsJson;
  std::string before, after, page;
};

} // namespace

static void print(const char *title, const std::vector<Change> &changes) {
  for (const Change &change : changes)
    fmt::print(dataFile(), "{:<16} {}: {}{}{}\n", title, change.name,
               change.before, change.before.empty() ? "" : " -> ",
               change.after);
}

static void print(const Diff &diff) {
  print("profile lost", diff.profilesLost);
  print("profile won", diff.profilesWon);
  print("new failure", diff.newFailures);
  print("lost support", diff.lostSupport);
  print("fixed", diff.fixed);
  print("gained support", diff.gainedSupport);
  print("otherwise", diff.otherwise);
  for (const Slowdown &one : diff.slower)
    fmt::print(dataFile(), "{:<16} {}: {:.3f} s -> {:.3f} s\n", "slower",
               one.name, one.before, one.after);
  fmt::print(dataFile(), "new cases: {}; cases that are gone: {}\n{}\n",
             diff.added.size(), diff.removed.size(),
             diff.hasRegressions() ? "there are regressions"
                                   : "nothing became worse");
}

Status DiffVerb::run() {
  const Report old = verifiedReport(before), now = verifiedReport(after);
  const Diff diff = diffReports(old, now);
  if (!page.empty())
    if (llvm::Error error = writeFile(
            page, [&](llvm::raw_ostream &os) { os << htmlPage(now, &diff); }))
      fail(std::move(error), FaultKind::usage);
  if (wantsJson)
    printJson(conformance::toJson(diff));
  else
    print(diff);
  return diff.hasRegressions() ? modelFault : done;
}

std::unique_ptr<Verb> cli::addConformanceDiff(CLI::App &app, bool &json) {
  return std::make_unique<DiffVerb>(
      *app.add_subcommand("diff", "say what changed since an earlier report"),
      json);
}
