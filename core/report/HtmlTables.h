// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The parts of the page that do not need its script.

#pragma once

#include "core/report/Report.h"

#include "llvm/Support/raw_ostream.h"

namespace glowplug::report {

/// One figure, with a note below it if that is not empty: HTML.
void writeCard(llvm::raw_ostream &os, const char *name,
               const std::string &value, const std::string &note);

/// The figures at the head of the page.
void writeCards(llvm::raw_ostream &os, const Report &report);

/// What each engine did, in percent: a row per engine, a column per cause.
void writeStalls(llvm::raw_ostream &os, const Report &report);

/// A row per layer with its roofline.
void writeLayers(llvm::raw_ostream &os, const Report &report);

} // namespace glowplug::report
