/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * When each value of a body is alive. C11 and C++; in C++17 also as a vector.
 */
#ifndef GLOWPLUG_GLUE_LIVENESS_H
#define GLOWPLUG_GLUE_LIVENESS_H

#include <glowplug/image.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#include <vector>
#endif

/** The steps at which a value needs its memory, both ends included. Op i runs
 * at step i, so a result and an operand of one op never have disjoint ranges.
 */
typedef struct gp_live_range {
  uint32_t first; /**< Step of the op that defines it; 0 for a body input. */
  uint32_t last;  /**< Of its last use; the number of ops for a body output. */
  uint32_t uses;  /**< As an operand; an op may use a value twice. */
  uint8_t is_input;  /**< 1: its memory is the caller's. */
  uint8_t is_output; /**< Likewise. It can be an input as well. */
} gp_live_range;

/** 0 for a value that nothing defines. */
static inline int gp_live_range_is_defined(const gp_live_range *range) {
  return range->first <= range->last;
}

/** Makes \p range reach to \p step, where the value is defined. */
static inline void gp_live_range_define(gp_live_range *range, uint32_t step) {
  if (step < range->first)
    range->first = step;
  if (step > range->last)
    range->last = step;
}

/** Writes one range per value of \p body, which has been verified, to \p
 * ranges. A value that is never used lives for the step of its definition. */
static inline void gp_compute_liveness(gp_image_body body,
                                       gp_live_range *ranges) {
  const gp_live_range undefined = {UINT32_MAX, 0, 0, 0, 0};
  const uint32_t op_count = (uint32_t)gp_image_body_ops_count(body);
  uint32_t step;
  size_t i;
  for (i = 0; i < gp_image_body_values_count(body); ++i)
    ranges[i] = undefined;
  for (i = 0; i < gp_image_body_inputs_count(body); ++i) {
    gp_live_range *range = &ranges[gp_image_body_inputs_at(body, i)];
    gp_live_range_define(range, 0);
    range->is_input = 1;
  }
  for (step = 0; step < op_count; ++step) {
    const gp_image_op op = gp_image_body_ops_at(body, step);
    for (i = 0; i < gp_image_op_operands_count(op); ++i) {
      gp_live_range *range = &ranges[gp_image_op_operands_at(op, i)];
      if (step > range->last)
        range->last = step;
      ++range->uses;
    }
    for (i = 0; i < gp_image_op_results_count(op); ++i)
      gp_live_range_define(&ranges[gp_image_op_results_at(op, i)], step);
  }
  for (i = 0; i < gp_image_body_outputs_count(body); ++i) {
    gp_live_range *range = &ranges[gp_image_body_outputs_at(body, i)];
    range->last = op_count;
    range->is_output = 1;
  }
}

#if defined(__cplusplus) && __cplusplus >= 201703L
namespace glowplug::glue {

/// One range per value of \p body, as gp_compute_liveness().
inline std::vector<gp_live_range> computeLiveness(gp_image_body body) {
  std::vector<gp_live_range> ranges(gp_image_body_values_count(body));
  gp_compute_liveness(body, ranges.data());
  return ranges;
}

} // namespace glowplug::glue
#endif

#endif /* GLOWPLUG_GLUE_LIVENESS_H */
