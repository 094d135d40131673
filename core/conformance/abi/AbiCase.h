// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The cases of level L0, and how one of them ends.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <functional>
#include <string>

namespace glowplug::conformance {

enum class AbiKind : uint8_t {
  positive, ///< The call is lawful, and does what the header promises.
  negative, ///< The call breaks a rule, and is refused as the header says.
  robust,   ///< The header leaves open what comes, but the process lives on.
};

enum class AbiResult : uint8_t {
  pass,
  fail,          ///< `want` and `got` say why.
  notApplicable, ///< `reason`: the plugin lacks what the case needs, lawfully.
  crash,         ///< The worker died in `function`; `reason` is what is known.
  timeout,       ///< Likewise, and was ended.
  resources,     ///< Memory ran out.
  suite,         ///< A defect of the suite; `reason` says which.
};

/// "pass", "not_applicable", ...
const char *abiResultName(AbiResult result);
/// "positive", "negative", "robust"
const char *abiKindName(AbiKind kind);

struct AbiOutcome {
  AbiResult result = AbiResult::pass;
  std::string reason;
  std::string want, got;
  std::string function; ///< of the plugin; empty if it was in none
  int signal = 0;       ///< of a crash; 0 if there was none
  double seconds = 0;

  bool isAllowed() const {
    return result == AbiResult::pass || result == AbiResult::notApplicable;
  }
};

class Probe;

struct AbiCase {
  std::string name; ///< "structs/run_args/tail-first"
  AbiKind kind = AbiKind::positive;
  /// The sentence of backend.h that it tests, as it stands there.
  std::string sentence;
  /// Runs in a process of its own, with the plugin not loaded yet: it looks at
  /// the process itself, or starts others.
  bool isAlone = false;
  /// Makes calls through the Probe; throws Ended to end early.
  std::function<void(Probe &)> body;
};

/// All cases. The order is that of a good log: from loading to groups.
llvm::ArrayRef<AbiCase> abiCases();

/// Null if there is none of that name.
const AbiCase *findAbiCase(llvm::StringRef name);

} // namespace glowplug::conformance
