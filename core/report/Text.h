// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Texts of traces and pages. Names come from models and plugins, and need not
/// be UTF-8.

#pragma once

#include "core/runtime/Simulation.h"

#include "llvm/ADT/StringRef.h"

#include <string>

namespace glowplug::report {

inline constexpr Simulation::TrackKind allTrackKinds[] = {
    Simulation::TrackKind::engine, Simulation::TrackKind::queue,
    Simulation::TrackKind::semaphore, Simulation::TrackKind::memory};

/// "engines" and so on.
const char *trackKindTitle(Simulation::TrackKind kind);

/// \p text as a JSON string with its quotes. It is ASCII and holds no '<', so
/// that it may stand in a script of a page.
std::string jsonText(llvm::StringRef text);

/// \p text as part of a page.
std::string htmlText(llvm::StringRef text);

/// "1,234,567"
std::string grouped(uint64_t number);

/// "1.23 mJ" and the like; no unit is below pJ.
std::string energyText(double picojoules);

/// \p value with \p decimals digits after the point.
std::string fixed(double value, int decimals);

} // namespace glowplug::report
