// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The worker's side: what a worker does first.

#pragma once

#include "backend-api/process/Channel.h"

namespace glowplug::process {

/// The descriptor at which a worker finds its channel.
inline constexpr int channelDescriptor = 3;

/// The status of a worker that has no more memory.
inline constexpr int outOfMemoryStatus = 86;

/// Takes the channel and greets with \p protocol. None if no Process has
/// started this one. From then on the process ends when memory runs out, and
/// soon after the one that started it is gone, whatever it is doing.
std::optional<Channel> beWorker(std::string_view protocol);

} // namespace glowplug::process
