// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a model needs, and what it would run on, before it is compiled.

#pragma once

#include "tools/glowplug/Model.h"

namespace glowplug::cli {

/// What the model \p options.model declares, which operators it uses, what of
/// them is not supported, which dims and inputs want values; and, if nothing is
/// missing, which backend takes how many primitives, as their `check` says.
/// Ends the command only if the model cannot be read.
Json describeModel(const ModelOptions &options, const BackendOptions &backends);

/// Prints what describeModel() gave, but for the ports.
void printModel(const Json &answer);

} // namespace glowplug::cli
