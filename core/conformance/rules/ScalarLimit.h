// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Rule R5: how far a scalar op of floats may be from the exact result.

#pragma once

#include "core/conformance/rules/FloatFormat.h"
#include "core/image/Types.h"

namespace glowplug::conformance {

/// The largest lawful distance of \p op, with a result of the float type
/// \p type, from \p exact, what it gives for the operand \p x (the first one)
/// in exact arithmetic. In the unit of the result; 0 if \p op has to be exact.
///
/// Basic arithmetic is correctly rounded: half a unit in the last place. Others
/// have a few units, as the tables of OpenCL and TOSA have them for f32; in
/// halves, which are computed in f32, one unit.
double scalarLimit(image::ScalarOp op, DType type, double x, double exact);

} // namespace glowplug::conformance
