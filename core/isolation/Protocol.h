// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Names that a host and its workers share.

#pragma once

#include <cstddef>
#include <cstdint>

namespace glowplug::isolation {

/// What a worker greets with; changes with every change of wire.fbs.
inline constexpr char protocol[] = "glowplug-worker 2";

/// Kinds of messages.
inline constexpr uint32_t requestKind = 1, answerKind = 2;

/// A message that is larger is refused; large bytes do not lie in messages.
inline constexpr uint64_t mostPayload = uint64_t{1} << 28;

/// Memory that a worker leaves words in, for when it has died.
struct LastWords {
  char function[64]; ///< of the plugin, that it is in; empty for none
  uint32_t answers;  ///< how many records the call has given so far
  char line[1024];   ///< what it wrote before it died; empty for nothing
};

/// Arguments of the executable. A worker is confined unless it is told
/// otherwise.
inline constexpr char unconfinedFlag[] = "--unconfined";
inline constexpr char processesFlag[] = "--processes";
inline constexpr char strictFlag[] = "--strict";
inline constexpr char leaksFlag[] = "--leaks"; ///< with --strict
/// Followed by a path. Without any the worker may read everything.
inline constexpr char readFlag[] = "--read";

} // namespace glowplug::isolation
