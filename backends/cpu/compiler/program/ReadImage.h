// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Image -> Program; also says which ops of an image are taken.
#pragma once

#include "backends/cpu/compiler/program/Program.h"

#include <glowplug/image.h>

#include "llvm/Support/Error.h"

#include <string>

namespace glowplug::cpu {

/// Why the image as a whole cannot be read; empty when it can.
std::string refuseImage(gp_image_program image);

/// Why \p op of \p body cannot be compiled; empty when it can. Looks into
/// the bodies of composites.
std::string refuseOp(gp_image_program image, gp_image_body body,
                     gp_image_op op);

/// Reads the program, replaces composites by their bodies and transposed
/// convolutions by plain ones. Ops whose results nobody uses are left out.
/// Fails where refuseOp() would.
llvm::Expected<Program> readImage(gp_image_program image);

} // namespace glowplug::cpu
