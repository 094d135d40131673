// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The worker's side of the memory that tells a host how it died.

#pragma once

namespace glowplug::isolation {

/// From now on calls of plugins and fatal signals are noted in \p file, which
/// holds LastWords. Once. Without the memory for it a death has fewer words.
void leaveLastWordsIn(int file);

} // namespace glowplug::isolation
