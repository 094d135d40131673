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

/** The epilogue of any op; its `p` is NULL if there is none. */
static inline gp_image_region gp_epilogue(gp_image_op op) {
  const gp_image_conv conv = gp_image_op_as_conv(op);
  const gp_image_conv_transpose transpose = gp_image_op_as_conv_transpose(op);
  const gp_image_mat_mul product = gp_image_op_as_mat_mul(op);
  const gp_image_reduce reduce = gp_image_op_as_reduce(op);
  const gp_image_window window = gp_image_op_as_window(op);
  const gp_image_region none = {NULL};
  return conv.p != NULL        ? gp_image_conv_epilogue(conv)
         : transpose.p != NULL ? gp_image_conv_transpose_epilogue(transpose)
         : product.p != NULL   ? gp_image_mat_mul_epilogue(product)
         : reduce.p != NULL    ? gp_image_reduce_epilogue(reduce)
         : window.p != NULL    ? gp_image_window_epilogue(window)
                               : none;
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
