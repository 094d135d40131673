// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Values of constants.

#pragma once

#include "core/image/Types.h"
#include "core/support/Tensor.h"

namespace glowplug::reference {

/// The value of \p op, of its declared \p type. It may borrow from the image
/// or from \p segments. Fails when memory runs out, and on a boolean in a
/// segment that is neither 0 nor 1.
llvm::Expected<Tensor>
readConstant(const image::Constant &op, const TensorType &type,
             llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments);

/// Fails if \p tensor is boolean and holds another byte than 0 and 1.
llvm::Error checkBooleans(const Tensor &tensor);

} // namespace glowplug::reference
