// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The worker's side: runs the cases that a runner names.

#pragma once

#include "backend-api/process/Channel.h"

namespace glowplug::conformance {

/// What a worker greets with; changes with its messages.
inline constexpr char abiProtocol[] = "glowplug-conformance-worker 2";

/// Kinds of messages. An opening is JSON with the plugin and its options, and
/// comes with a file for the last words; a question is the name of a case; an
/// answer is the outcome as JSON. A program to be replayed (replay.fbs) is
/// answered by the replay, or by an outcome that says why there is none.
inline constexpr uint32_t abiOpenKind = 1, abiCaseKind = 2, abiOutcomeKind = 3,
                          abiReplayAskKind = 4, abiReplayKind = 5;
inline constexpr uint64_t mostAbiPayload = uint64_t{1} << 28;

/// Memory that a worker leaves words in, for when it has died.
struct AbiLastWords {
  char function[64]; ///< of the plugin, that it is in; empty for none
  char line[1024];   ///< what it wrote before it died; empty for nothing
};

/// Answers until the channel closes. Returns the status of the process.
int serveAbiCases(process::Channel &channel);

} // namespace glowplug::conformance
