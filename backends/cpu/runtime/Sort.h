// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Stable sorting of one line of a tensor, called by compiled code.
#pragma once

#include <cstdint>

namespace glowplug::cpu {

/// One line to sort: `count` elements that lie `stride` elements apart, in the
/// input and in both results alike.
struct SortLine {
  const void *input;
  void *values;     ///< [out] of the input's type
  int64_t *indices; ///< [out]
  int64_t *scratch; ///< 2 * count numbers, for this line alone
  int64_t count;
  int64_t stride;
};

/// Sorts one line. \p dtype is a gp_image_dtype. NaN counts as the greatest.
void sortLine(const SortLine *line, uint32_t dtype, uint32_t descending);

} // namespace glowplug::cpu
