// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Another process that loads the plugin for itself. Only for cases that are
/// alone: the plugin is not loaded here yet.

#pragma once

#include "core/conformance/abi/Objects.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace glowplug::conformance {

/// Runs \p body in a child with a Probe of its own, and returns what it
/// returns. Ends the case if the child's case ends, or the child dies.
std::string inTwin(Probe &probe, llvm::function_ref<std::string(Probe &)> body);

/// All of a compiled program as one text, and back.
std::string packed(const Compiled &compiled);
Compiled unpacked(llvm::StringRef text);

/// Another folder, time zone, home, locale and mask for files than usual; for
/// a twin.
void setForeignEnvironment();

} // namespace glowplug::conformance
