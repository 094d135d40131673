// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A report as a trace that Perfetto and Chrome's about:tracing open.

#pragma once

#include "core/report/Report.h"

#include "llvm/Support/raw_ostream.h"

namespace glowplug::report {

/// Writes the layers and spans as JSON trace events. One cycle is shown as a
/// microsecond, whatever the clock. Kinds of tracks are processes, tracks are
/// threads; a track whose spans overlap has several.
void writeTrace(llvm::raw_ostream &os, const Report &report);

} // namespace glowplug::report
