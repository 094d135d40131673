// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Between constants of the IR and tensors: small ones are held inline, large
/// ones are handles to data outside of the IR, which may be a mapped file.

#pragma once

#include "core/prim/Prim.h"
#include "core/support/Tensor.h"

#include "mlir/IR/Builders.h"

#include <memory>

namespace glowplug::prim {

/// The element type of the IR that \p type names.
mlir::Type elementType(mlir::MLIRContext *context, DType type);
/// The DType of an element type of the prim dialect; none for any other type.
DType dtypeOfElement(mlir::Type element);

/// The number as an attribute of type \p type: rounded to nearest for floats;
/// integers take the low bits, booleans whether it is not 0.
mlir::TypedAttr numberAttr(double value, mlir::Type type);
mlir::TypedAttr numberAttr(int64_t value, mlir::Type type);

/// The contents of \p tensor, which is small, held in the IR.
mlir::DenseElementsAttr denseAttr(mlir::MLIRContext *context,
                                  const Tensor &tensor);

/// The contents of \p attribute; expanded if it is a splat.
Tensor denseTensor(mlir::DenseElementsAttr attribute);

/// A constant with the contents of \p tensor: a splat where all elements have
/// the same bits, inline up to 64 bytes, else a handle. A handle owns a copy,
/// or borrows the bytes and shares \p owner, which keeps them alive.
ConstantOp createConstant(mlir::OpBuilder &builder, mlir::Location loc,
                          const Tensor &tensor,
                          std::shared_ptr<const void> owner = nullptr);

/// The contents of a constant; expanded if it is a splat. Borrows the data of
/// a handle, which lives as long as the context. Nothing if the handle has no
/// data (IR read from text without its resources).
std::optional<Tensor> constantTensor(ConstantOp op);

/// Whether all elements of the constant are held as one.
bool isSplat(ConstantOp op);

/// The one element of a splat or a one-element constant, as a number. 64-bit
/// integers may lose precision. Nothing for other constants.
std::optional<double> splatNumber(mlir::Value value);

} // namespace glowplug::prim
