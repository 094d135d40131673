// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the elements of a tensor lie.

#include "backends/cpu/compiler/lower/View.h"

namespace glowplug::cpu {

Ints denseStrides(llvm::ArrayRef<int64_t> sizes) {
  Ints strides(sizes.size());
  int64_t stride = 1;
  for (size_t d = sizes.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= sizes[d];
  }
  return strides;
}

Extent View::extent() const {
  if (elements() == 0)
    return {offset, offset};
  int64_t lowest = 0, highest = 0;
  for (auto [size, stride] : llvm::zip_equal(sizes, strides))
    (stride < 0 ? lowest : highest) += (size - 1) * stride;
  const int64_t bytes = byteSize(type);
  return {offset + lowest * bytes, offset + (highest + 1) * bytes};
}

bool View::isDense() const {
  if (elements() == 0)
    return true;
  Ints dense = denseStrides(sizes);
  for (size_t d = 0; d < sizes.size(); ++d)
    if (sizes[d] != 1 && strides[d] != dense[d])
      return false;
  return true;
}

int64_t View::innerStride() const {
  for (size_t d = sizes.size(); d-- > 0;)
    if (sizes[d] != 1)
      return strides[d];
  return 1;
}

std::optional<View> reshapeView(const View &view,
                                llvm::ArrayRef<int64_t> sizes) {
  View result = view;
  result.sizes.assign(sizes.begin(), sizes.end());
  if (view.isDense()) {
    result.strides = denseStrides(sizes);
    return result;
  }
  // Dims of size 1 may come and go; all others must stay as they are.
  Shape from;
  Ints strides;
  for (size_t d = 0; d < view.sizes.size(); ++d)
    if (view.sizes[d] != 1) {
      from.push_back(view.sizes[d]);
      strides.push_back(view.strides[d]);
    }
  result.strides.assign(sizes.size(), 0);
  size_t next = 0;
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 1)
      continue;
    if (next == from.size() || from[next] != sizes[d])
      return std::nullopt;
    result.strides[d] = strides[next++];
  }
  return next == from.size() ? std::optional<View>(result) : std::nullopt;
}

} // namespace glowplug::cpu
