// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From the attributes and regions of prim ops to those of the image.

#pragma once

#include "core/image/ImageBuilder.h"
#include "core/prim/Prim.h"

namespace glowplug {

using ValueIds = llvm::SmallVector<ValueId, 2>;

/// Appends any prim op but constant and composite to \p body. Fails on an op
/// of another dialect.
llvm::Expected<ValueIds> writeOp(BodyBuilder &body, mlir::Operation *op,
                                 llvm::ArrayRef<ValueId> operands,
                                 llvm::ArrayRef<TensorType> results);

/// The details of a composite, in the order of their names.
llvm::Expected<std::vector<CompositeAttribute>>
compositeAttributes(prim::CompositeOp op);

} // namespace glowplug
