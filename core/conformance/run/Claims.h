// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a plugin promises in its manifest.

#pragma once

#include "core/conformance/record/Record.h"
#include "core/conformance/rules/FloatFormat.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace glowplug::conformance {

/// Cases that a plugin takes: those whose features have one of the values
/// named, for each feature named; less those that have one of `except`.
struct Claim {
  WantedFeatures with, except;

  bool covers(const Features &features) const;
  /// Whether it may cover a case that has \p some of its features.
  bool mayCover(const Features &some) const;
};

/// The key "conformance" of a manifest. Without it nothing is claimed.
struct Claims {
  std::vector<Claim> claims;
  FloatPromise floats;
  /// Equal runs give equal bytes.
  bool isDeterministic = true;
  /// The cycles of a simulated run do not depend on its data.
  bool hasFixedCycles = false;
  /// Sizes at whose edges shapes are tried, ascending: those of the arrays and
  /// lanes of the hardware. Not empty.
  std::vector<int64_t> tiles = {16};

  bool covers(const Features &features) const;
  bool mayCover(const Features &some) const;
};

/// Most sizes in Claims::tiles, and the largest: shapes of twice as many
/// elements in each dim have to stay small.
inline constexpr size_t mostTiles = 3;
inline constexpr int64_t largestTile = 128;

/// Reads the claims from the text of a manifest; \p file stands in messages.
llvm::Expected<Claims> parseClaims(llvm::StringRef text, llvm::StringRef file);

} // namespace glowplug::conformance
