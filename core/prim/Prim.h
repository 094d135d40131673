// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The prim dialect: its enums, attributes and operations.

#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "core/prim/PrimDialect.h.inc"
#include "core/prim/PrimEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "core/prim/PrimAttrs.h.inc"

#define GET_OP_CLASSES
#include "core/prim/PrimOps.h.inc"

namespace glowplug::prim {

/// The type in which elements of \p type are accumulated (image schema).
mlir::Type accumulatorType(mlir::Type type);

/// The element type of a contraction or sum over elements of \p type that has
/// no epilogue: the accumulator type for integers, \p type for floats.
mlir::Type plainResultType(mlir::Type type);

/// How many operands a scalar op takes.
unsigned arity(ScalarKind kind);

/// Whether \p kind takes operands of type \p type: the rules of the schema's
/// list. For is_nan and is_inf, the operand's type; for cast, any type.
bool acceptsType(ScalarKind kind, mlir::Type type);

} // namespace glowplug::prim
