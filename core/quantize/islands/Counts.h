// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How many elements the windows of an op hold.

#pragma once

#include "core/quantize/islands/Numbers.h"

namespace glowplug::islands {

/// The number of elements other than pads: one for all windows of \p window, or
/// one each, broadcast to its result.
Numbers windowCounts(prim::WindowOp window);

} // namespace glowplug::islands
