// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a run took on backends that count cycles.

#include "tools/glowplug/Simulation.h"
#include "tools/glowplug/DataFile.h"

#include "core/report/Html.h"
#include "core/report/Json.h"
#include "core/report/Trace.h"
#include "core/support/WriteFile.h"

#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

void SimulationOptions::add(CLI::App &app) {
  app.add_option("--trace", trace,
                 "of a backend that counts cycles: a timeline for Perfetto")
      ->type_name("FILE");
  app.add_option("--report", report,
                 "likewise: one page with timeline, stalls, rooflines, "
                 "energy, memory")
      ->type_name("FILE");
}

static void write(const std::string &path,
                  llvm::function_ref<void(llvm::raw_ostream &)> print) {
  if (path.empty())
    return;
  if (llvm::Error error = writeFile(path, print))
    fail(std::move(error), FaultKind::usage);
}

std::optional<report::Report> cli::reportRun(Session &session,
                                             const SimulationOptions &options,
                                             const std::string &title,
                                             bool isJson) {
  SimulationRequest request;
  request.buffers = !options.report.empty();
  request.spans = request.buffers || !options.trace.empty();
  request.energy = request.buffers || isJson;
  const std::vector<PartSimulation> parts = orFail(session.lastRun(request));
  if (parts.empty()) {
    if (request.spans)
      fail(wrongUsage, "no backend that ran a part of the model counts cycles, "
                       "so there is nothing for --" +
                           llvm::Twine(request.buffers ? "report" : "trace"));
    return std::nullopt;
  }
  report::Report report = report::makeReport(parts);
  write(options.trace, [&](llvm::raw_ostream &os) { writeTrace(os, report); });
  write(options.report,
        [&](llvm::raw_ostream &os) { writeHtml(os, report, title); });
  return report;
}

void cli::addFigures(Json &answer, const report::Report &report) {
  answer.update(report::toJson(report));
}

void cli::printFigures(const report::Report &report) {
  const std::string utilization =
      report.utilization
          ? fmt::format(", {:.1f} % of the peak", *report.utilization * 100)
          : "";
  fmt::print(dataFile(),
             "cycles   {}{}, {} bank conflicts; {:.2f} ms on the host\n",
             report.cycles, utilization, report.bankConflicts,
             static_cast<double>(report.hostNs) / 1e6);
}
