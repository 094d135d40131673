// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The frame of a page: its head, the timeline, the script and its data.

#pragma once

#include "core/report/Report.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace glowplug::report {

/// Up to the first section: \p kind says what the page is, \p note what it is
/// of.
void writePageBegin(llvm::raw_ostream &os, llvm::StringRef title,
                    llvm::StringRef kind, llvm::StringRef note);

/// The section with the tracks. Colours are those of layers at first, or those
/// of operations.
void writeTimeline(llvm::raw_ostream &os, bool hasColoursByLayer = true);

/// From the last section on. The script wants an element `memory`.
void writePageEnd(llvm::raw_ostream &os, const Report &report);

} // namespace glowplug::report
