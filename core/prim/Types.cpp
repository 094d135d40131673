// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Type rules of the primitive set.

#include "core/prim/Prim.h"

using namespace glowplug;
using namespace mlir;

Type prim::accumulatorType(Type type) {
  if (type.isF16() || type.isBF16())
    return Float32Type::get(type.getContext());
  if (auto integer = dyn_cast<IntegerType>(type))
    if (integer.getWidth() == 8 || integer.getWidth() == 16)
      return IntegerType::get(type.getContext(), 32);
  return type;
}

Type prim::plainResultType(Type type) {
  return isa<FloatType>(type) ? type : accumulatorType(type);
}
