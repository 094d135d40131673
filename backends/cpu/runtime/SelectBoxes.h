// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Boxes that do not overlap a better one, called by compiled code.
#pragma once

#include <cstdint>

namespace glowplug::cpu {

/// What non_max_suppression is given, and makes. Tensors are dense.
struct BoxSelection {
  const void *boxes;  ///< [batches, count, 4]
  const void *scores; ///< [batches, classes, count], of the type of boxes
  const int64_t *limit;
  const void *iouThreshold;
  const void *scoreThreshold;
  int64_t *rows;    ///< [out] [batches * classes * most, 3]
  int64_t *found;   ///< [out] how many of them
  int64_t *scratch; ///< selectionWords * count
  int64_t batches, classes, count, most;
};

/// Words of scratch memory per box.
inline constexpr int64_t selectionWords = 7;

/// Selects boxes of all batches and classes. \p dtype is a gp_image_dtype, a
/// float; \p isCenter says that boxes are given by centre and size.
void selectBoxes(const BoxSelection *selection, uint32_t dtype,
                 uint32_t isCenter);

} // namespace glowplug::cpu
