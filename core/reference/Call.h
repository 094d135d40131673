// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the evaluation of one op gets, and the list of those that do it.

#pragma once

#include "core/image/Types.h"
#include "core/reference/Interpreter.h"
#include "core/reference/Strided.h"
#include "core/semantics/Primitives.h"
#include "core/support/Tensor.h"

namespace glowplug::reference {

using Results = llvm::SmallVector<Tensor, 2>;

/// One op about to be evaluated.
struct Call {
  llvm::ArrayRef<Tensor> operands;
  /// Types of the results as they are held.
  llvm::ArrayRef<TensorType> types;
  Precision precision = Precision::declared;
  unsigned threads = 1;

  const Tensor &operand(unsigned index) const { return operands[index]; }
  /// A result to fill in.
  llvm::Expected<Tensor> allocate(unsigned index = 0) const {
    return Tensor::uninitialized(types[index].dtype, types[index].shape);
  }
};

/// How a value of \p type is held.
constexpr DType heldType(DType type, Precision precision) {
  switch (precision) {
  case Precision::declared:
    return type;
  case Precision::single:
    return isHalf(type) ? DType::f32 : type;
  case Precision::wide:
    return isFloat(type) ? DType::f64 : type;
  }
  llvm_unreachable("invalid precision");
}

using Evaluated = llvm::Expected<Results>;

// One per primitive, in the file of its family.
#define GP_EVALUATE(Primitive)                                                 \
  Evaluated evaluate(const image::Primitive &op, const Call &call);
GP_EACH_PRIMITIVE(GP_EVALUATE)
#undef GP_EVALUATE

/// The one of them for \p kind, which is neither a constant nor a composite.
/// \p attributes: the table of the image.
Evaluated evaluatePrimitive(image::Attributes kind, const void *attributes,
                            const Call &call);

/// Turns \p accumulated, whose shape is that of the result and whose type is
/// the accumulator's, into the result of \p call: through \p epilogue, which
/// also reads the operands from \p firstExtra on, or by a cast if it is null.
Evaluated finish(const image::Region *epilogue, const Call &call,
                 const Tensor &accumulated, unsigned firstExtra);

/// \p tensor with every element converted, as the scalar op cast does it.
llvm::Expected<Tensor> castTensor(const Tensor &tensor, DType type);

} // namespace glowplug::reference
