// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A case as hardware sees it, with what has to come of it.

#pragma once

#include "core/conformance/abi/AbiRunner.h"
#include "core/conformance/abi/Replay.h"
#include "core/conformance/cases/ProgramCase.h"
#include "core/conformance/rules/FloatFormat.h"

#include <variant>

namespace glowplug::conformance {

/// Where an output lies, and what it has to be.
struct Signature {
  Tensor expected;
  uint64_t address = 0;
  uint32_t crc = 0;   ///< CRC-32 of the expected bytes, as in zlib.
  uint8_t poison = 0; ///< Fills the region before the run.
};

struct RtlCase {
  std::string name;
  uint64_t seed = 0;
  Features features;
  ReplayT replay;
  std::vector<Signature> signatures; ///< By output; at least one, none empty.
};

/// Why there are no files for a case.
struct LeftOut {
  std::string reason;
  /// Whether that is a fault of the plugin, and not what it may do.
  bool isFailure = false;
};

/// Makes the program of \p programCase with \p seed, asks the plugin of
/// \p session for its replay, and computes the outputs. A fault, of the kind
/// `usage`, if the plugin cannot tell of replays at all.
llvm::Expected<std::variant<RtlCase, LeftOut>>
makeRtlCase(const ProgramCase &programCase, uint64_t seed, AbiSession &session,
            const FloatPromise &floats);

/// A byte that \p expected does not hold, so that every byte that was not
/// written shows; 0xa5 if it holds all of them.
uint8_t poisonFor(llvm::ArrayRef<uint8_t> expected);

} // namespace glowplug::conformance
