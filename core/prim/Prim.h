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
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "core/prim/PrimDialect.h.inc"
#include "core/prim/PrimEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "core/prim/PrimAttrs.h.inc"

#include "core/prim/PrimInterfaces.h.inc"

#define GET_OP_CLASSES
#include "core/prim/PrimOps.h.inc"

namespace glowplug::prim {

/// The type in which elements of \p type are accumulated (image schema).
mlir::Type accumulatorType(mlir::Type type);

/// The element type of a contraction or sum over elements of \p type that has
/// no epilogue: the accumulator type for integers, \p type for floats.
mlir::Type plainResultType(mlir::Type type);

/// Whether the shapes have one rank and each size of \p from is that of \p to
/// or 1.
bool isBroadcastable(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// Whether \p op moves elements, and its result is its first operand.
bool movesNothing(mlir::Operation *op);

} // namespace glowplug::prim
