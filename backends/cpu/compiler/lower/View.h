// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where the elements of a tensor lie.
#pragma once

#include "backends/cpu/compiler/program/Program.h"

#include <optional>

namespace glowplug::cpu {

using StorageId = uint32_t;

/// Strides of a dense row-major tensor, in elements.
Ints denseStrides(llvm::ArrayRef<int64_t> sizes);

/// A range of bytes, relative to the start of a storage.
struct Extent {
  int64_t first;
  int64_t end;
};

/// A tensor laid over a storage: element [i, j, ..] is `offset` bytes plus
/// i * strides[0] + j * strides[1] + .. elements after its start. Strides may
/// be 0 (broadcast) or negative (reversed).
struct View {
  StorageId storage = 0;
  int64_t offset = 0;
  DType type = gp_image_dtype_none;
  Shape sizes;
  Ints strides;

  int64_t elements() const { return elementCount(sizes); }
  /// The bytes from its lowest element to the end of its highest; empty if
  /// there are no elements.
  Extent extent() const;
  /// Row-major without gaps. Strides of dims of size 1 do not matter.
  bool isDense() const;
  /// Stride of the last dim of more than one element; 1 if there is none.
  int64_t innerStride() const;
};

/// The view under another shape, if no element has to move for that.
std::optional<View> reshapeView(const View &view,
                                llvm::ArrayRef<int64_t> sizes);

} // namespace glowplug::cpu
