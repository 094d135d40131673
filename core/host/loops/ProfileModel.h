// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs a model on samples and gathers what its values look like.

#pragma once

#include "core/host/loops/Measure.h"
#include "core/host/loops/OnnxFile.h"
#include "core/quantize/ptq/Profile.h"

namespace glowplug {

/// A profile, and how it was made.
struct ProfiledModel {
  ptq::Profile profile; ///< Without a text for `inputs`.
  std::string backends; ///< As BuiltModel::backends().
  double runMs = 0;
};

/// Profiles \p file, which is the model that \p setup builds. The profile does
/// not depend on the number of threads.
llvm::Expected<ProfiledModel> profileModel(const OnnxFile &file,
                                           const MeasureSetup &setup);

} // namespace glowplug
