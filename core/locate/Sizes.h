// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Smaller sizes for what an op reads and makes.

#pragma once

#include "core/image/Types.h"
#include "core/support/Tensor.h"

#include <vector>

namespace glowplug {

/// A dim of a value, and the size that it gets.
struct NewSize {
  uint32_t value = 0;
  size_t dim = 0;
  int64_t size = 0;
};

/// Each way to make \p op of \p program about half as large in one dim. Kinds
/// of ops whose sizes do not follow from each other in a simple way have none.
std::vector<std::vector<NewSize>> halvedSizes(const image::ProgramT &program,
                                              const image::OpT &op);

/// The first \p size entries of \p tensor along \p dim, or the last ones.
llvm::Expected<Tensor> cropped(const Tensor &tensor, size_t dim, int64_t size,
                               bool takeLast);

} // namespace glowplug
