/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Questions about regions of scalar operations. C11 and C++.
 */
#ifndef GLOWPLUG_GLUE_REGION_H
#define GLOWPLUG_GLUE_REGION_H

#include <glowplug/image.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Number of scalars of a region: its parameters, then its instructions. */
static inline size_t gp_region_scalars(gp_image_region region) {
  return gp_image_region_parameters_count(region) +
         gp_image_region_instructions_count(region);
}

/** The operation of instruction \p index. */
static inline enum gp_image_scalar_op gp_region_op(gp_image_region region,
                                                   size_t index) {
  return gp_image_instruction_op(
      gp_image_region_instructions_at(region, index));
}

/** 1 if every scalar is of type \p dtype and there are at most \p limit. */
static inline int gp_region_is_all(gp_image_region region,
                                   enum gp_image_dtype dtype, size_t limit) {
  size_t i;
  if (gp_region_scalars(region) > limit)
    return 0;
  for (i = 0; i < gp_image_region_parameters_count(region); ++i)
    if (gp_image_region_parameters_at(region, i) != dtype)
      return 0;
  for (i = 0; i < gp_image_region_instructions_count(region); ++i)
    if (gp_image_instruction_dtype(
            gp_image_region_instructions_at(region, i)) != dtype)
      return 0;
  return 1;
}

/** The value of a `constant` of type f32. */
static inline float gp_instruction_f32(gp_image_instruction instruction) {
  const uint32_t bits = (uint32_t)gp_image_instruction_bits(instruction);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#endif /* GLOWPLUG_GLUE_REGION_H */
