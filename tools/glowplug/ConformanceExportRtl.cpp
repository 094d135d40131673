// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug conformance export-rtl: cases as files for testbenches.

#include "core/conformance/rtl/ExportRtl.h"
#include "tools/glowplug/Conformance.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Progress.h"
#include "tools/glowplug/StopSignal.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;
using namespace glowplug::conformance;

namespace {

class ExportRtlVerb : public Verb {
public:
  ExportRtlVerb(CLI::App &app, bool &json) : wantsJson(json) {
    app.add_option("DIR", folder, "")->required();
    plugin.add(app);
    suite.add(app);
    addJson(app, json);
    setHelp(app, {" DIR --plugin FILE [options]",
                  {"rtl --plugin ./mine.so --level smoke",
                   "rtl --plugin ./mine.so --filter 'ops/Conv/*'"},
                  "0 done, 2 wrong usage, or nothing can be exported,\n  3 the "
                  "plugin cannot be used, 4 it failed in a case, 6 stopped"});
  }

  Status run() override;

private:
  bool &wantsJson;
  std::string folder;
  PluginOptions plugin;
  CaseOptions suite;
};

std::string unitsText(const RtlTotals &totals) {
  std::string text;
  for (const auto &[unit, commands] : totals.unitCommands)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", unit, commands);
  return text;
}

} // namespace

Status ExportRtlVerb::run() {
  SuiteRequest request = plugin.request();
  suite.set(request);
  request.folder = folder;
  const StopSignal signal;
  request.isStopped = [] { return StopSignal::isAsked(); };
  std::optional<RtlTotals> totals;
  {
    Progress listener;
    listener.begin("exporting cases");
    request.progress = [&](const SuiteProgress &progress) {
      listener.task(fmt::format("{} of {} cases: {}", progress.done,
                                progress.total, progress.name));
    };
    totals = orFail(exportRtl(request));
  }
  if (!totals)
    fail(interrupted, "stopped; nothing was written");
  if (wantsJson)
    printJson({{"folder", folder},
               {"exported", totals->exported},
               {"left_out", totals->leftOut},
               {"failed", totals->failed},
               {"commands", totals->commands},
               {"units", totals->unitCommands}});
  else
    fmt::print(dataFile(),
               "exported {} cases with {} commands\nleft out {}, failed {}; "
               "{}/index.json says why\nunits    {}\n",
               totals->exported, totals->commands, totals->leftOut,
               totals->failed, folder, unitsText(*totals));
  return totals->failed == 0 ? done : comparisonFailed;
}

std::unique_ptr<Verb> cli::addConformanceExportRtl(CLI::App &app, bool &json) {
  return std::make_unique<ExportRtlVerb>(
      *app.add_subcommand("export-rtl",
                          "write cases for testbenches of RTL or silicon"),
      json);
}
