/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the accelerator takes. check() and compile() both ask here. */
#include "ops.h"

#include <glowplug/glue/region.h>

static int is_byte(gp_image_body body, uint32_t value) {
  const enum gp_image_dtype dtype =
      gp_image_value_dtype(gp_image_body_values_at(body, value));
  return dtype == gp_image_dtype_i8 || dtype == gp_image_dtype_u8;
}

/* Why the operands from number `first` on, at most `count`, are not for this
 * machine. */
static const char *operands_refusal(gp_image_body body, gp_image_op op,
                                    size_t first, size_t count) {
  size_t i;
  for (i = first; i < first + count && i < gp_image_op_operands_count(op); ++i)
    if (!is_integer(gp_image_value_dtype(
            gp_image_body_values_at(body, gp_image_op_operands_at(op, i)))))
      return "only integers of at most 32 bits are supported";
  return NULL;
}

static const char *results_refusal(gp_image_body body, gp_image_op op) {
  size_t i;
  for (i = 0; i < gp_image_op_results_count(op); ++i)
    if (!is_integer(gp_image_value_dtype(
            gp_image_body_values_at(body, gp_image_op_results_at(op, i)))))
      return "only integers of at most 32 bits are supported";
  return NULL;
}

/* Why a contraction cannot run, whatever its epilogue is. */
static const char *contraction_refusal(gp_image_body body, gp_image_op op) {
  const gp_image_value input =
      gp_image_body_values_at(body, gp_image_op_operands_at(op, 0));
  if (!is_byte(body, gp_image_op_operands_at(op, 0)) ||
      !is_byte(body, gp_image_op_operands_at(op, 1)))
    return "only contractions of 8-bit integers are supported";
  if (gp_image_op_as_conv(op).p != NULL &&
      gp_image_value_shape_count(input) != 4)
    return "only convolutions over two spatial dims are supported";
  return NULL;
}

const char *refusal(gp_backend *backend, gp_image_body body, gp_image_op op) {
  const char *reason = NULL;
  (void)backend;
  if (gp_image_op_version(op) != 1)
    return "only ops of version 1 are supported";
  if (gp_epilogue(op).p == NULL) {
    reason = operands_refusal(body, op, 0, SIZE_MAX);
    if (reason == NULL)
      reason = results_refusal(body, op);
  }
  if (reason != NULL)
    return reason;
  switch ((int)gp_image_op_attributes_type(op)) {
  case gp_image_attributes_constant:
  case gp_image_attributes_reshape:
    return NULL;
  case gp_image_attributes_conv:
  case gp_image_attributes_mat_mul:
    return contraction_refusal(body, op);
  case gp_image_attributes_map:
    return region_refusal(gp_image_map_region(gp_image_op_as_map(op)));
  default:
    return "only constant, conv, map, matmul and reshape are supported";
  }
}

const char *epilogue_refusal(gp_backend *backend, gp_image_body body,
                             gp_image_op op) {
  const char *reason = operands_refusal(body, op, 2, SIZE_MAX - 2);
  (void)backend;
  if (reason == NULL)
    reason = results_refusal(body, op);
  return reason != NULL ? reason : region_refusal(gp_epilogue(op));
}
