// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A run as bare hardware sees it, for both sides: the worker asks the plugin
/// for it, and the runner gets it.

#pragma once

#include "core/conformance/abi/Objects.h"
#include "core/conformance/abi/replay_generated.h"

#include <glowplug/replay.h>

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

/// The group; ends the case as not applicable without it.
const gp_replay_group &replayGroup(Probe &probe);

/// Calls replay() once.
Status replay(Probe &probe, const LoadedProgram &program,
              llvm::ArrayRef<gp_bytes> inputs, const gp_replay_sink &sink);

/// The replay of a run with \p inputs, as it was given. Ends the case if it
/// breaks a rule of glowplug/replay.h.
ReplayT replayOf(Probe &probe, const LoadedProgram &program,
                 llvm::ArrayRef<gp_bytes> inputs,
                 llvm::ArrayRef<uint64_t> outputBytes);

/// Checks, compiles and loads the program of \p ask, and asks the plugin for
/// its replay, with the outputs in order. Or the refusal of an op. Ends the
/// case otherwise.
ReplayT replayOf(Probe &probe, const ReplayAskT &ask);

/// The bytes of a message, and back; nothing if they are none.
std::vector<uint8_t> bytesOfAsk(const ReplayAskT &ask);
std::optional<ReplayAskT> parseAsk(llvm::ArrayRef<uint8_t> bytes);
std::vector<uint8_t> bytesOfReplay(const ReplayT &replay);
std::optional<ReplayT> parseReplay(llvm::ArrayRef<uint8_t> bytes);

} // namespace glowplug::conformance
