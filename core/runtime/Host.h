// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The host's side of the ABI: the table that plugins are given, and the
/// failures that they make with it.
#pragma once

#include <glowplug/backend.h>

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace glowplug {

/// The one table of this process. It is never freed: plugins are never
/// unloaded, and may hold it in static data.
const gp_host &pluginHost();

/// Makes a failure of the host itself, for a sink to return.
gp_status *hostFailure(gp_status_code code, const char *message);

/// Calls into a plugin under a PluginCall, and turns a C++ exception that
/// leaves it into an Error.
llvm::Error enterPlugin(llvm::StringRef backend, llvm::StringRef function,
                        llvm::function_ref<void()> call);

/// Calls a function of a plugin and turns what it returns into an Error:
/// "BACKEND: FUNCTION failed: CODE: TEXT". A status that the host did not make
/// is never looked into, and a C++ exception goes no further.
llvm::Error callPlugin(llvm::StringRef backend, llvm::StringRef function,
                       llvm::function_ref<gp_status *()> call);

/// Number of failures that were made and not yet returned; for tests.
size_t liveFailures();

} // namespace glowplug
