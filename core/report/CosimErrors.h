// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How the times of a model and of its hardware differ.

#pragma once

#include "core/runtime/Cosimulation.h"

namespace glowplug::report {

/// A layer from the begin of its first command to the end of its last; no times
/// without commands.
struct CosimLayer {
  std::string name;
  std::optional<Cosimulation::Times> model, hardware;
  uint64_t commands = 0;
  uint64_t otherTimes = 0;   ///< Commands that begin or end in another cycle.
  uint64_t otherResults = 0; ///< Commands.

  /// Cycles that the hardware takes more.
  int64_t error() const;
};

/// How the times of one part differ.
struct CosimErrors {
  std::vector<CosimLayer> layers; ///< As Cosimulation::layers.
  uint64_t otherTimes = 0;   ///< Commands that begin or end in another cycle.
  uint64_t otherCycles = 0;  ///< Commands that take longer or less long.
  int64_t greatestError = 0; ///< Of the cycles of one command.
};

CosimErrors errorsOf(const Cosimulation &both);

} // namespace glowplug::report
