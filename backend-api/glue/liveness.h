/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * When each value of a body is alive. C++17.
 */
#ifndef GLOWPLUG_GLUE_LIVENESS_H
#define GLOWPLUG_GLUE_LIVENESS_H

#include <glowplug/image.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace glowplug::glue {

/// The steps at which a value needs its memory, both ends included. Op i runs
/// at step i, so a result and an operand of one op never have disjoint ranges.
struct LiveRange {
  /// Step of the op that defines it; 0 for a body input.
  uint32_t first = UINT32_MAX;
  /// Step of its last use; the number of ops for a body output.
  uint32_t last = 0;
  bool isInput = false;  ///< Its memory is the caller's.
  bool isOutput = false; ///< Likewise. It can be an input as well.
  uint32_t uses = 0;     ///< As an operand; an op may use a value twice.

  /// False for a value that nothing defines.
  bool isDefined() const { return first <= last; }
};

/// One range per value of \p body, which has been verified. A value that is
/// never used lives for the step of its definition.
inline std::vector<LiveRange> computeLiveness(gp_image_body body) {
  std::vector<LiveRange> ranges(gp_image_body_values_count(body));
  auto define = [&](uint32_t value, uint32_t step) {
    ranges[value].first = std::min(ranges[value].first, step);
    ranges[value].last = std::max(ranges[value].last, step);
  };
  for (size_t i = 0; i < gp_image_body_inputs_count(body); ++i) {
    const uint32_t value = gp_image_body_inputs_at(body, i);
    define(value, 0);
    ranges[value].isInput = true;
  }
  const auto opCount = static_cast<uint32_t>(gp_image_body_ops_count(body));
  for (uint32_t step = 0; step < opCount; ++step) {
    const gp_image_op op = gp_image_body_ops_at(body, step);
    for (size_t i = 0; i < gp_image_op_operands_count(op); ++i) {
      LiveRange &range = ranges[gp_image_op_operands_at(op, i)];
      range.last = std::max(range.last, step);
      ++range.uses;
    }
    for (size_t i = 0; i < gp_image_op_results_count(op); ++i)
      define(gp_image_op_results_at(op, i), step);
  }
  for (size_t i = 0; i < gp_image_body_outputs_count(body); ++i) {
    LiveRange &range = ranges[gp_image_body_outputs_at(body, i)];
    range.last = opCount;
    range.isOutput = true;
  }
  return ranges;
}

} // namespace glowplug::glue

#endif // GLOWPLUG_GLUE_LIVENESS_H
