// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Constructors and registration of every target-independent pass.

#pragma once

#include "core/prim/Prim.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace glowplug {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "core/transforms/Passes.h.inc"

} // namespace glowplug
