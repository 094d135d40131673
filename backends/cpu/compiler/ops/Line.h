// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A tensor as the set of its lines along one dim, for ops that walk along
/// that dim.
#pragma once

#include "backends/cpu/compiler/emit/LoopNest.h"
#include "backends/cpu/compiler/lower/View.h"

namespace glowplug::cpu {

/// The space [outer, inner] of lines of `count` elements that lie `inner`
/// elements apart. Both of its operands are dense tensors of one shape.
struct LineSpace {
  LineSpace(const View &tensor, int64_t dim)
      : count(tensor.sizes[dim]),
        inner(elementCount(llvm::ArrayRef(tensor.sizes).drop_front(dim + 1))) {
    llvm::SmallVector<int64_t, 6> strides{count * inner, 1};
    space.sizes = {elementCount(llvm::ArrayRef(tensor.sizes).take_front(dim)),
                   inner};
    space.strides = {strides, strides};
  }

  IterationSpace space;
  int64_t count;
  int64_t inner;
};

} // namespace glowplug::cpu
