// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Programs that run in a worker process.

#pragma once

#include "core/isolation/PluginWorker.h"

namespace glowplug::isolation {

/// The program that \p worker loaded under \p number. Its tensors are copied
/// into memory that both processes see, and out of it.
std::unique_ptr<ProgramExecutable>
isolatedExecutable(std::shared_ptr<PluginWorker> worker, uint32_t number,
                   uint64_t workspaceBytes);

} // namespace glowplug::isolation
