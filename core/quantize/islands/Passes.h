// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Constructors and registration of the passes of this folder.

#pragma once

#include "core/prim/Prim.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace glowplug {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "core/quantize/islands/Passes.h.inc"

/// Name of the attribute that says why an op of a quantised model stays in
/// floats.
inline constexpr char floatReasonAttr[] = "prim.float_reason";

} // namespace glowplug
