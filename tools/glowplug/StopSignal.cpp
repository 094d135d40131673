// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ends long work early, with what there is.

#include "tools/glowplug/StopSignal.h"

#include "llvm/Support/Signals.h"

#include <atomic>

using namespace glowplug::cli;

static std::atomic<bool> stopAsked = false;

StopSignal::StopSignal() {
  stopAsked = false;
  // LLVM removes unfinished files on these signals: its handler stays, and
  // calls this in the place of ending the process.
  llvm::sys::SetInterruptFunction([] { stopAsked = true; });
}

StopSignal::~StopSignal() { llvm::sys::SetInterruptFunction(nullptr); }

bool StopSignal::isAsked() { return stopAsked; }
