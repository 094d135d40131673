// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Records of the runtime as they stand in messages, and back.

#pragma once

#include "core/isolation/wire_generated.h"
#include "core/runtime/Backend.h"
#include "core/runtime/Executable.h"

namespace glowplug::isolation {

/// The descriptions of a backend.
wire::OpenedT toWire(const BackendInfo &info);
BackendInfo fromWire(const wire::Opened &opened);

wire::CheckedT toWire(const std::vector<Verdict> &verdicts);
std::vector<Verdict> fromWire(const wire::Checked &checked);

/// A run; nothing if the backend counts no cycles.
wire::SimulatedT toWire(const std::optional<Simulation> &simulation);
/// The worker is not trusted: the records are judged as those of a plugin.
llvm::Expected<std::optional<Simulation>>
fromWire(const wire::Simulated &simulated, llvm::StringRef backend,
         const SimulationRequest &request);

/// An error on its way to the host, and there. \p backend is the subject if the
/// error has none.
wire::FailedT toWire(llvm::Error error, llvm::StringRef backend);
llvm::Error fromWire(const wire::Failed &failed);

} // namespace glowplug::isolation
