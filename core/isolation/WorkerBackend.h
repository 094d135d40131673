// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The backend of a worker, as the compiler and the runtime see it.

#pragma once

#include "core/isolation/PluginWorker.h"
#include "core/runtime/ProgramBackend.h"

namespace glowplug::isolation {

/// \p worker has been started.
std::shared_ptr<ProgramBackend>
isolatedBackend(std::shared_ptr<PluginWorker> worker);

} // namespace glowplug::isolation
