// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a run took on backends that count cycles: options, files, figures.

#pragma once

#include "core/report/Report.h"
#include "tools/glowplug/Cli.h"

namespace glowplug::cli {

/// Where traces and reports go.
struct SimulationOptions {
  std::string trace;  // --trace
  std::string report; // --report

  void add(CLI::App &app);
};

/// Asks what the last run of \p session took and writes the files that the
/// options name; \p title is the model's. Nothing if no backend of it counts
/// cycles, which ends the command where files are wanted. \p isJson: the
/// figures will be given as such. They and the page have the energy, for which
/// backends count again.
std::optional<report::Report> reportRun(Session &session,
                                        const SimulationOptions &options,
                                        const std::string &title, bool isJson);

/// Adds the figures of \p report to \p answer.
void addFigures(Json &answer, const report::Report &report);

/// Prints one line of them.
void printFigures(const report::Report &report);

} // namespace glowplug::cli
