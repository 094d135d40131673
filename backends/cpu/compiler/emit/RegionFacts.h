// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What can be said of a region before its code is emitted.
#pragma once

#include "backends/cpu/compiler/program/Program.h"
#include "backends/cpu/compiler/target/Target.h"

namespace glowplug::cpu {

struct RegionFacts {
  unsigned widestBytes = 1;  ///< of the register forms of its scalars
  bool callsLibrary = false; ///< lane by lane
  uint64_t costPs = 0;       ///< estimate per element, loads included

  /// Lanes to evaluate it with: as many of its widest scalars as a vector
  /// holds, or one where most of the work is library calls.
  unsigned lanes(const TargetTraits &traits) const;
};

RegionFacts factsOf(const Region &region);

} // namespace glowplug::cpu
