// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which ops of an image the NPU takes.

#pragma once

#include "simulator/isa/Config.h"

#include <glowplug/image.h>

#include <string>
#include <vector>

namespace glowplug::npusim {

/// The answer about one op of a program body.
struct Verdict {
  bool isSupported = false;
  /// Only the epilogue is in the way, and no other recipe would help.
  bool splitEpilogue = false;
  std::string reason; ///< Why not; empty when supported.
};

/// One verdict per op. What is taken here compiles. \p image is verified.
std::vector<Verdict> check(gp_image_program image, const npu::Config &config);

} // namespace glowplug::npusim
