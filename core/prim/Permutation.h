// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Permutations of dims: dim i of a transposed tensor is dim permutation[i].

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace glowplug::prim {

using Dims = llvm::SmallVector<int64_t>;

/// Transposing by \p second after \p first is transposing by this.
Dims compose(llvm::ArrayRef<int64_t> second, llvm::ArrayRef<int64_t> first);

/// What undoes \p permutation.
Dims inverse(llvm::ArrayRef<int64_t> permutation);

/// \p list has one entry per dim of a tensor that was transposed; the same
/// entries per dim before.
Dims untransposed(llvm::ArrayRef<int64_t> list,
                  llvm::ArrayRef<int64_t> permutation);

} // namespace glowplug::prim
