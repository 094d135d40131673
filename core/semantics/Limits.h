// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Numbers of the image schema that are no attributes of a primitive.

#pragma once

#include <cstddef>

namespace glowplug::semantics {

/// The largest constant that an image, or the IR, holds by value and not as a
/// splat.
inline constexpr size_t maxInlineBytes = 64;

} // namespace glowplug::semantics
