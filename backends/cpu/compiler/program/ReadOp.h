// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Single values, regions and attributes of an image.
#pragma once

#include "backends/cpu/compiler/program/Program.h"

namespace glowplug::cpu {

Value readValue(gp_image_value value);
Region readRegion(gp_image_region region);
/// \p op is not a composite and its kind is known.
Attributes readAttributes(gp_image_op op);

} // namespace glowplug::cpu
