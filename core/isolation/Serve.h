// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The worker's side: one plugin, loaded into this process.

#pragma once

#include "backend-api/process/Channel.h"

namespace glowplug::isolation {

/// Answers requests until the channel closes. Gives the status with which to
/// exit. With \p isStrict what a plugin may not keep is made inaccessible after
/// each call, with \p looksForLeaks calls are made several times.
int serveBackend(process::Channel &channel, bool isStrict, bool looksForLeaks);

/// Makes the calls of a folder that an IsolatedBackend kept, in this process,
/// and says what came of the last one.
int replay(const char *folder);

} // namespace glowplug::isolation
