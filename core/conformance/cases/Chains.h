// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Programs of several ops, each of which reads what the one before wrote.

#pragma once

#include "core/conformance/cases/ProgramCase.h"

namespace glowplug::conformance {

/// Matrix products in a row, in f32 also with a residual and a sum at the end:
/// between ops a schedule has to wait, and may use memory again. Sizes are
/// those at the edges of \p tiles. Names are "chain/TYPE/SIZES".
std::vector<ProgramCase> chainCases(llvm::ArrayRef<int64_t> tiles);

} // namespace glowplug::conformance
