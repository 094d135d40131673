// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds the layers that have to stay in float for an accuracy.

#pragma once

#include "core/host/loops/Measure.h"
#include "core/host/loops/OnnxFile.h"

#include <functional>

namespace glowplug {

/// A model that is accurate enough, and how that was found.
struct AccurateModel {
  ptq::QuantizeResult result;
  Measurement measurement; ///< Without layers if it was interrupted.
  unsigned tried = 0;
  bool wasInterrupted = false; ///< It is the best so far.
};

/// How the caller ends a search early. Both functions may be empty.
struct StopRequest {
  /// Called once there is something that an interrupted search can give.
  std::function<void()> arm;
  std::function<bool()> isAsked;
};

/// Keeps layers in float until the worst output reaches \p wantedDb: those
/// first that add most noise of their own, and then no more of them than it
/// takes. Fails if no number of them will do. If \p stop asks for it, the
/// search ends with the best that it has.
llvm::Expected<AccurateModel>
keepAccuracy(const OnnxFile &file, const ptq::Profile &profile,
             const ptq::QuantizeOptions &options, double wantedDb,
             const MeasureSetup &setup, const StopRequest &stop);

} // namespace glowplug
