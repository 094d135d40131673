// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where a backend is wrong, for the verbs that say so.

#pragma once

#include "core/locate/Locate.h"
#include "tools/glowplug/Model.h"

namespace glowplug::cli {

/// Where a model is wrong, and the model, to which that refers.
struct Located {
  CompiledModel model;
  LocateResult result;
};

/// Looks for it, with inputs from \p source. Ends the command if the model
/// cannot be taken apart.
Located locateWrongOp(const ModelOptions &model, const BackendOptions &backends,
                      BackendSet &set, const InputSource &source,
                      unsigned threads);

/// Lines for people, without a line feed at the end.
std::string locationText(const LocateResult &result);

/// The object "locate" of an answer.
Json locationJson(const LocateResult &result);

} // namespace glowplug::cli
