// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The steps of island forming. Each looks at one op and says whether it
/// changed something; the op may be gone afterwards. All but those of anchors
/// leave every value as it was, bit for bit.

#pragma once

#include "mlir/IR/Operation.h"

#include <string>

namespace glowplug::islands {

/// op(dequantize(x)) -> dequantize(op(x)), for ops that only move or pick
/// elements. \p op is erased if that was done.
bool sinkDequantize(mlir::Operation *op);

/// quantize(op(x)) -> op(quantize(x)), for ops that only move or pick
/// elements and have no other user. \p op is the quantize; those that take its
/// place are added to \p raised.
bool raiseQuantize(mlir::Operation *op,
                   llvm::SmallVectorImpl<mlir::Operation *> &raised);

/// quantize(dequantize(x)) -> x, if both have the same parameters.
bool cancelPair(mlir::Operation *op);

/// conv or matmul of dequantized operands, with what follows it up to a
/// quantize, -> integers. Otherwise \p why says the reason.
bool formContraction(mlir::Operation *op, std::string &why);

/// A sum over windows or dims of dequantized elements, likewise.
bool formSum(mlir::Operation *op, std::string &why);

/// quantize(add(dequantize(a), dequantize(b))), with limits in between, -> one
/// map of integers; likewise mul.
bool formElementwise(mlir::Operation *op);

} // namespace glowplug::islands
