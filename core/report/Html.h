// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A report as one self-contained page: no network, no other file.

#pragma once

#include "core/report/Report.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace glowplug::report {

/// Writes the page: figures, timeline, stalls, layers against their rooflines,
/// and memory maps. \p title names the model.
void writeHtml(llvm::raw_ostream &os, const Report &report,
               llvm::StringRef title);

} // namespace glowplug::report
