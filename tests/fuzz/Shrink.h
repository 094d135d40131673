// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Makes a failing case small.

#pragma once

#include "core/conformance/graphs/Case.h"

#include <functional>
#include <map>
#include <optional>

namespace glowplug::fuzz {

using namespace graphs; // the models

/// Of candidates, the first that still fails in the same way.
using StillFails =
    std::function<std::optional<size_t>(const std::vector<Case> &)>;
/// What the interpreter makes of each value; nothing if it cannot.
using Intermediates =
    std::function<std::optional<std::map<std::string, Tensor>>(const Case &)>;

/// Drops nodes and outputs, puts inputs in the place of nodes, drops
/// attributes, makes dims, types and data simple, as long as \p stillFails, for
/// about
/// \p seconds.
Case shrink(Case failing, const StillFails &stillFails,
            const Intermediates &intermediates, double seconds);

} // namespace glowplug::fuzz
