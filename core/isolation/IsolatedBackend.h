// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Plugins in worker processes, as backends.

#pragma once

#include "core/isolation/Policy.h"
#include "core/runtime/BackendSet.h"

namespace glowplug {

/// Opens plugins in worker processes, by \p policy: all that is asked of the
/// backend happens there. A call that ends the process is a BackendError that
/// names the plugin and the function, and the next call has a new process;
/// executables of the old one are lost.
BackendOpener openInWorker(const IsolationPolicy &policy);

/// Sets how \p set opens plugins.
void isolate(BackendSetOptions &set, const IsolationPolicy &policy);

} // namespace glowplug
