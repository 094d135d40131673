// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How many multiply-adds a program has.

#pragma once

#include "core/image/image_generated.h"

#include <cstdint>
#include <optional>

namespace glowplug::conformance {

/// Both ends included.
struct MacBounds {
  uint64_t least = 0, most = 0;
};

/// The multiply-adds of the convolutions and matrix products of \p program,
/// which was verified; other ops of the program may count none. Where a window
/// reaches into padding they may count or not. Nothing for a program whose
/// other ops have sums, of which a machine may count some.
std::optional<MacBounds> macBoundsOf(const image::Program &program);

} // namespace glowplug::conformance
