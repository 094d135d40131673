// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The part of the page about energy and area.

#pragma once

#include "core/report/Report.h"

#include "llvm/Support/raw_ostream.h"

namespace glowplug::report {

/// A section with a row per component and a row per layer; nothing if
/// \p report says nothing of energy.
void writeEnergy(llvm::raw_ostream &os, const Report &report);

} // namespace glowplug::report
