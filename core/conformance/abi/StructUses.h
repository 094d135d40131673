// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Each struct that a plugin reads, in a call that uses it.

#pragma once

#include "core/conformance/abi/Probe.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <array>

namespace glowplug::conformance {

/// A struct with zeros after it, up to more than any size that is refused.
struct RoomyStruct {
  alignas(16) std::array<uint8_t, 8192> bytes{};
};

/// What came of a call with a struct that was changed.
struct StructAttempt {
  const char *function = "";
  Status status;
  /// What outputs say: empty if they are as before the call.
  std::string effect;
  /// What is missing of a success; empty if all is there.
  std::string missing;

  /// The struct was understood.
  void expectWorks() const;
  /// It was not, and nothing happened.
  void expectRefused(gp_status_code code) const;
};

using Mangle = llvm::function_ref<void(RoomyStruct &)>;

struct StructUse {
  const char *name; ///< "run_args"
  size_t size;      ///< of the struct in this version
  /// Makes all that the call needs, lets the struct be changed, and calls.
  StructAttempt (*use)(Probe &probe, Mangle mangle);
};

llvm::ArrayRef<StructUse> structUses();
const StructUse &structUse(llvm::StringRef name);

/// A gp_host as a later version may have it.
void hostWithZeroTail(Probe &probe);

} // namespace glowplug::conformance
