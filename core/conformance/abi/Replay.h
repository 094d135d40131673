// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A run as bare hardware sees it, for both sides: the worker asks the plugin
/// for it, and the runner gets it.

#pragma once

#include "core/conformance/abi/AbiCase.h"
#include "core/conformance/abi/replay_generated.h"

#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <vector>

namespace glowplug::conformance {

using wire::ReplayAskT;
using wire::ReplayT;

/// What came of a question for a replay.
struct ReplayAnswer {
  std::optional<ReplayT> replay; ///< Or else ...
  AbiOutcome outcome;            ///< ... why there is none.
};

/// Checks, compiles and loads the program of \p ask, and asks the plugin for
/// its replay, which keeps every rule of glowplug/replay.h. Or the refusal of
/// an op. Throws Ended otherwise; as not applicable if the plugin has no such
/// group.
ReplayT replayOf(Probe &probe, const ReplayAskT &ask);

/// The bytes of a message, and back; nothing if they are none.
std::vector<uint8_t> bytesOfAsk(const ReplayAskT &ask);
std::optional<ReplayAskT> parseAsk(llvm::ArrayRef<uint8_t> bytes);
std::vector<uint8_t> bytesOfReplay(const ReplayT &replay);
std::optional<ReplayT> parseReplay(llvm::ArrayRef<uint8_t> bytes);

} // namespace glowplug::conformance
