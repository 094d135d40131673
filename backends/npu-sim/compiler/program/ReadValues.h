// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The values of an image.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"

#include <string>

namespace glowplug::npusim {

/// Why nothing of \p image can be read; empty when it can.
std::string refuseImage(gp_image_program image);

/// A program with name, values, inputs and outputs of \p image, but without
/// layers. A value has the number that it has in the main body.
Program readValues(gp_image_program image);

} // namespace glowplug::npusim
