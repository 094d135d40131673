// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The instr dialect: its types and operations.

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

#include "core/instr/InstrDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "core/instr/InstrTypes.h.inc"

#define GET_OP_CLASSES
#include "core/instr/InstrOps.h.inc"

namespace glowplug::instr {

/// Whether \p op is an instruction; every other op of a program declares
/// something.
inline bool isInstruction(mlir::Operation *op) {
  return llvm::isa<DmaStartOp, DmaWaitOp, FillOp, ComputeOp>(op);
}

/// Makes \p op, an instruction, wait for \p tokens.
void setWaits(mlir::Operation *op, mlir::ValueRange tokens);

// What a program holds for reports, as attributes that change nothing: of a
// program, its layers ({name, macs, bytes} each) and the sizes of its segments;
// of an instruction, the number of its layer and the node of the model that it
// comes from.
inline constexpr llvm::StringLiteral layersAttr = "layers";
inline constexpr llvm::StringLiteral segmentBytesAttr = "segment_bytes";
inline constexpr llvm::StringLiteral layerAttr = "layer";
inline constexpr llvm::StringLiteral nodeAttr = "node";

/// Bytes of one element of \p type, which is one of the image's.
int64_t elementBytes(mlir::Type type);

} // namespace glowplug::instr
