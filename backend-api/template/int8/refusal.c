/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the accelerator takes. check() and compile() both ask here. */
#include "ops.h"

static int is_byte(gp_image_body body, uint32_t value) {
  const enum gp_image_dtype dtype =
      gp_image_value_dtype(gp_image_body_values_at(body, value));
  return dtype == gp_image_dtype_i8 || dtype == gp_image_dtype_u8;
}

/* Why a contraction cannot run: its two operands, its extras, its epilogue. */
static const char *contraction_refusal(gp_image_body body, gp_image_op op,
                                       gp_image_region epilogue) {
  if (!is_byte(body, gp_image_op_operands_at(op, 0)) ||
      !is_byte(body, gp_image_op_operands_at(op, 1)))
    return "only contractions of 8-bit integers are supported";
  return epilogue.p == NULL ? NULL : region_refusal(epilogue);
}

static const char *conv_refusal(gp_image_body body, gp_image_op op) {
  const gp_image_conv conv = gp_image_op_as_conv(op);
  const gp_image_value input =
      gp_image_body_values_at(body, gp_image_op_operands_at(op, 0));
  if (gp_image_value_shape_count(input) != 4)
    return "only convolutions over two spatial dims are supported";
  return contraction_refusal(body, op, gp_image_conv_epilogue(conv));
}

const char *refusal(gp_backend *backend, gp_image_body body, gp_image_op op) {
  size_t i;
  (void)backend;
  if (gp_image_op_version(op) != 1)
    return "only ops of version 1 are supported";
  for (i = 0; i < gp_image_op_operands_count(op); ++i)
    if (!is_integer(gp_image_value_dtype(
            gp_image_body_values_at(body, gp_image_op_operands_at(op, i)))))
      return "only integers of at most 32 bits are supported";
  for (i = 0; i < gp_image_op_results_count(op); ++i)
    if (!is_integer(gp_image_value_dtype(
            gp_image_body_values_at(body, gp_image_op_results_at(op, i)))))
      return "only integers of at most 32 bits are supported";
  switch ((int)gp_image_op_attributes_type(op)) {
  case gp_image_attributes_constant:
  case gp_image_attributes_reshape:
    return NULL;
  case gp_image_attributes_conv:
    return conv_refusal(body, op);
  case gp_image_attributes_mat_mul:
    return contraction_refusal(
        body, op, gp_image_mat_mul_epilogue(gp_image_op_as_mat_mul(op)));
  case gp_image_attributes_map:
    return region_refusal(gp_image_map_region(gp_image_op_as_map(op)));
  default:
    return "only constant, conv, map, matmul and reshape are supported";
  }
}
