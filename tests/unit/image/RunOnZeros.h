// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs programs of unknown origin, if that costs little.

#pragma once

#include "core/image/image_generated.h"

#include <string>

namespace glowplug::test {

struct ZeroRun {
  /// Whether the program is small enough to be run: 2^20 bytes of values and
  /// segments, 2^22 products per op.
  bool isAffordable = false;
  std::string wrong = {}; ///< The promise that the run broke, if any.
};

/// Runs \p program, which is verified, on zeros in two precisions. Whether a
/// run succeeds does not matter.
ZeroRun runOnZeros(const image::Program &program);

} // namespace glowplug::test
