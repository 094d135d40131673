// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What primitives may give.

#pragma once

#include "core/conformance/rules/Enclosure.h"
#include "core/conformance/rules/FloatFormat.h"
#include "core/image/Types.h"

namespace glowplug::conformance {

/// One op whose results are asked for.
struct OpCall {
  const image::Op &op;
  llvm::ArrayRef<Enclosure> operands;
  llvm::ArrayRef<TensorType> results;
  const FloatPromise &promise;
};

using Enclosures = llvm::Expected<std::vector<Enclosure>>;

/// The results of \p call, which is neither a constant nor a composite.
Enclosures encloseOp(const OpCall &call);

// The parts of encloseOp(), by file.
/// Sums and products of floats: contractions, reductions, windows, scans.
Enclosures encloseSums(const OpCall &call);
/// Ops that move elements, or choose some of them.
Enclosures encloseMovement(const OpCall &call);

/// The results of the interpreter for \p operands, in the types \p types, of
/// the op without its epilogue.
llvm::Expected<std::vector<Tensor>>
evaluatePlain(const image::Op &op, llvm::ArrayRef<Tensor> operands,
              llvm::ArrayRef<TensorType> types);

/// The epilogue of an op; null if it has none or can have none.
const image::Region *epilogueOf(const image::Op &op);

} // namespace glowplug::conformance
