// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the times of a model and of its hardware differ.

#include "core/report/CosimErrors.h"

#include <algorithm>
#include <cstdlib>

namespace glowplug::report {

using Times = Cosimulation::Times;

static int64_t errorOf(const Times &model, const Times &hardware) {
  return static_cast<int64_t>(hardware.cycles() - model.cycles());
}

int64_t CosimLayer::error() const {
  return model ? errorOf(*model, *hardware) : 0;
}

static void widen(std::optional<Times> &times, const Times &by) {
  if (!times)
    times = by;
  times->firstCycle = std::min(times->firstCycle, by.firstCycle);
  times->lastCycle = std::max(times->lastCycle, by.lastCycle);
}

CosimErrors errorsOf(const Cosimulation &both) {
  CosimErrors errors;
  for (const std::string &name : both.layers)
    errors.layers.emplace_back().name = name;
  for (const Cosimulation::Command &command : both.commands) {
    const bool isOther = command.model != command.hardware;
    errors.otherTimes += isOther ? 1 : 0;
    const int64_t error = errorOf(command.model, command.hardware);
    errors.otherCycles += error != 0 ? 1 : 0;
    if (std::abs(error) > std::abs(errors.greatestError))
      errors.greatestError = error;
    if (command.layer == Cosimulation::noLayer)
      continue;
    CosimLayer &layer = errors.layers[command.layer];
    widen(layer.model, command.model);
    widen(layer.hardware, command.hardware);
    ++layer.commands;
    layer.otherTimes += isOther ? 1 : 0;
    layer.otherResults += command.differs ? 1 : 0;
  }
  return errors;
}

} // namespace glowplug::report
