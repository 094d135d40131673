/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What scalar operations do. The recipes are those of <glowplug/arithmetic.h>,
 * so the results are those of the reference interpreter, bit for bit. */
#include "region.h"

#include <glowplug/arithmetic.h>
#include <glowplug/glue/dtype.h>
#include <glowplug/glue/region.h>

int is_integer(enum gp_image_dtype dtype) {
  return dtype == gp_image_dtype_i8 || dtype == gp_image_dtype_u8 ||
         dtype == gp_image_dtype_i16 || dtype == gp_image_dtype_u16 ||
         dtype == gp_image_dtype_i32;
}

int32_t wrap(int64_t value, enum gp_image_dtype dtype) {
  switch ((int)dtype) {
  case gp_image_dtype_i8:
    return (int8_t)value;
  case gp_image_dtype_u8:
    return (uint8_t)value;
  case gp_image_dtype_i16:
    return (int16_t)value;
  case gp_image_dtype_u16:
    return (uint16_t)value;
  default:
    return (int32_t)value;
  }
}

int32_t get(const void *data, enum gp_image_dtype dtype, uint64_t index) {
  switch ((int)dtype) {
  case gp_image_dtype_i8:
    return ((const int8_t *)data)[index];
  case gp_image_dtype_u8:
    return ((const uint8_t *)data)[index];
  case gp_image_dtype_i16:
    return ((const int16_t *)data)[index];
  case gp_image_dtype_u16:
    return ((const uint16_t *)data)[index];
  default:
    return ((const int32_t *)data)[index];
  }
}

void put(void *data, enum gp_image_dtype dtype, uint64_t index, int32_t value) {
  switch (gp_dtype_bytes(dtype)) {
  case 1:
    ((uint8_t *)data)[index] = (uint8_t)value;
    break;
  case 2:
    ((uint16_t *)data)[index] = (uint16_t)value;
    break;
  default:
    ((int32_t *)data)[index] = value;
    break;
  }
}

static int is_known(enum gp_image_scalar_op op) {
  switch ((int)op) {
  case gp_image_scalar_op_constant:
  case gp_image_scalar_op_neg:
  case gp_image_scalar_op_abs:
  case gp_image_scalar_op_cast:
  case gp_image_scalar_op_add:
  case gp_image_scalar_op_sub:
  case gp_image_scalar_op_mul:
  case gp_image_scalar_op_min:
  case gp_image_scalar_op_max:
  case gp_image_scalar_op_rescale_tosa_single:
  case gp_image_scalar_op_rescale_tosa_double:
  case gp_image_scalar_op_table:
    return 1;
  default:
    return 0;
  }
}

const char *region_refusal(gp_image_region image) {
  size_t i;
  if (gp_region_scalars(image) > most_scalars)
    return "only regions of at most 64 scalars are supported";
  for (i = 0; i < gp_image_region_parameters_count(image); ++i)
    if (!is_integer(gp_image_region_parameters_at(image, i)))
      return "only integers of at most 32 bits are supported";
  for (i = 0; i < gp_image_region_instructions_count(image); ++i) {
    /* The host changes the recipe of what is refused for it. */
    if (gp_region_op(image, i) == gp_image_scalar_op_rescale_fp32_rne)
      return "rescaling in floats is not supported";
    if (!is_known(gp_region_op(image, i)))
      return "only integer arithmetic, tables and rescaling are supported";
    if (!is_integer(gp_image_instruction_dtype(
            gp_image_region_instructions_at(image, i))))
      return "only integers of at most 32 bits are supported";
  }
  return NULL;
}

void decode_region(gp_image_region image, region *decoded) {
  size_t i, j;
  decoded->parameters = gp_image_region_parameters_count(image);
  decoded->steps = gp_image_region_instructions_count(image);
  for (i = 0; i < decoded->steps; ++i) {
    const gp_image_instruction from = gp_image_region_instructions_at(image, i);
    step *to = &decoded->step[i];
    to->op = gp_image_instruction_op(from);
    to->dtype = gp_image_instruction_dtype(from);
    to->constant = wrap((int64_t)gp_image_instruction_bits(from), to->dtype);
    /* An operand that is not there reads as 0. */
    for (j = 0; j < most_scalar_operands; ++j)
      to->operands[j] = gp_image_instruction_operands_at(from, j);
    if (to->op == gp_image_scalar_op_table)
      for (j = 0; j < table_entries; ++j)
        to->table[j] = get(gp_image_instruction_table_data(from), to->dtype, j);
  }
}

static int32_t run_step(const step *s, const int32_t *scalars) {
  const int32_t a = scalars[s->operands[0]], b = scalars[s->operands[1]];
  const int32_t c = scalars[s->operands[2]], d = scalars[s->operands[3]];
  const int bits = 8 * (int)gp_dtype_bytes(s->dtype);
  const gp_range range =
      gp_range_of(bits, gp_dtype_is_signed_integer(s->dtype));
  switch ((int)s->op) {
  case gp_image_scalar_op_constant:
    return s->constant;
  case gp_image_scalar_op_neg:
    return wrap(-(int64_t)a, s->dtype);
  case gp_image_scalar_op_abs:
    return wrap(a < 0 ? -(int64_t)a : a, s->dtype);
  case gp_image_scalar_op_cast:
    return wrap(a, s->dtype);
  case gp_image_scalar_op_add:
    return wrap((int64_t)a + b, s->dtype);
  case gp_image_scalar_op_sub:
    return wrap((int64_t)a - b, s->dtype);
  case gp_image_scalar_op_mul:
    return wrap((int64_t)a * b, s->dtype);
  case gp_image_scalar_op_min:
    return a < b ? a : b;
  case gp_image_scalar_op_max:
    return a > b ? a : b;
  case gp_image_scalar_op_rescale_tosa_single:
    return gp_rescale_tosa_single(a, b, c, d, range);
  case gp_image_scalar_op_rescale_tosa_double:
    return gp_rescale_tosa_double(a, b, c, d, range);
  default: /* table */
    return s->table[a & 0xff];
  }
}

void run_region(const region *decoded, int32_t scalars[most_scalars]) {
  size_t i;
  for (i = 0; i < decoded->steps; ++i)
    scalars[decoded->parameters + i] = run_step(&decoded->step[i], scalars);
}
