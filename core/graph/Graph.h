// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The graph dialect and its operations.

#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "core/graph/GraphDialect.h.inc"

#define GET_OP_CLASSES
#include "core/graph/GraphOps.h.inc"
