// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Outputs whose sizes a run says: cut to what counts.

#pragma once

#include "core/support/Tensor.h"

#include <vector>

namespace glowplug {

/// Per output that is seen: one entry per dim, the number of the output that
/// holds its size (an i64 of rank 0), or -1 where it is fixed; or no entry.
using OutputExtents = std::vector<llvm::SmallVector<int64_t, 4>>;

/// Leaves of \p outputs, which are as large as they may be, those that are
/// seen, and of each the elements at the front of its dims that count, by the
/// sizes in \p sizes. Fails if one is not from 0 to what there is.
llvm::Error trimOutputs(std::vector<Tensor> &outputs,
                        const OutputExtents &extents,
                        llvm::ArrayRef<Tensor> sizes);

} // namespace glowplug
