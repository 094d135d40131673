// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Programs in which one tensor has several names or uses.

#pragma once

#include "core/conformance/cases/ProgramCase.h"

namespace glowplug::conformance {

/// Part of level 2: outputs that are inputs, or views of these or of each
/// other; one value that is several outputs, or several operands of an op.
std::vector<ProgramCase> aliasCases(Depth depth);

} // namespace glowplug::conformance
