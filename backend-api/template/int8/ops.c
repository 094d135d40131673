/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The operations as loops over elements. Accumulation is exact: it wraps at 32
 * bits, as the primitive set says. */
#include "ops.h"

#include <glowplug/glue/dtype.h>
#include <glowplug/glue/layout.h>

#include <string.h>

enum { most_rank = 8 };

/* A value and its memory. */
typedef struct tensor {
  uint32_t value;
  enum gp_image_dtype dtype;
  int64_t shape[most_rank];
  size_t rank;
  void *data;
} tensor;

static tensor tensor_of(gp_image_body body, uint32_t value,
                        void *const *places) {
  const gp_image_value image = gp_image_body_values_at(body, value);
  tensor t = {value, gp_image_value_dtype(image), {0}, 0, places[value]};
  t.rank = gp_image_value_shape_count(image);
  for (size_t i = 0; i < t.rank; ++i)
    t.shape[i] = gp_image_value_shape_at(image, i);
  return t;
}

static tensor operand_of(gp_image_body body, gp_image_op op, size_t index,
                         void *const *places) {
  return tensor_of(body, gp_image_op_operands_at(op, index), places);
}

static uint64_t element_count(const tensor *t) {
  uint64_t count = 1;
  for (size_t i = 0; i < t->rank; ++i)
    count *= (uint64_t)t->shape[i];
  return count;
}

/* The element of `from` that belongs to element number `element` of `to` in all
 * dims but the last `skipped`; a dim of 1 repeats. */
static uint64_t matching_element(const tensor *from, const tensor *to,
                                 uint64_t element, size_t skipped) {
  uint64_t number = 0, stride = 1;
  for (size_t dim = to->rank; dim-- > 0;) {
    const uint64_t size = (uint64_t)to->shape[dim];
    if (from->shape[dim] != 1 && dim + skipped < to->rank)
      number += element % size * stride;
    stride *= (uint64_t)from->shape[dim];
    element /= size;
  }
  return number;
}

/* The entry of a list of zero points that is for `index`: there are none, which
 * reads as 0, one, or one each. */
static size_t entry_of(size_t count, uint64_t index) {
  return count == 1 ? 0 : (size_t)index;
}

static int32_t add_product(int32_t sum, int32_t a, int32_t b) {
  return (int32_t)((uint32_t)sum + (uint32_t)a * (uint32_t)b);
}

/* ---- Epilogues ------------------------------------------------------------
 */

/* What happens to a sum before it is stored. */
typedef struct epilogue {
  int exists;
  region region;
  tensor extras[most_scalars];
  size_t extra_count, result;
} epilogue;

static void decode_epilogue(gp_image_body body, gp_image_op op,
                            gp_image_region image, void *const *places,
                            epilogue *decoded) {
  decoded->exists = image.p != NULL;
  if (!decoded->exists)
    return;
  decode_region(image, &decoded->region);
  decoded->result = gp_image_region_results_at(image, 0);
  decoded->extra_count = gp_image_op_operands_count(op) - 2;
  for (size_t i = 0; i < decoded->extra_count; ++i)
    decoded->extras[i] = operand_of(body, op, 2 + i, places);
}

static void store(const epilogue *tail, const tensor *result, uint64_t element,
                  int32_t sum) {
  if (tail->exists) {
    int32_t scalars[most_scalars] = {sum};
    for (size_t i = 0; i < tail->extra_count; ++i) {
      const tensor *extra = &tail->extras[i];
      scalars[1 + i] = get(extra->data, extra->dtype,
                           matching_element(extra, result, element, 0));
    }
    run_region(&tail->region, scalars);
    sum = scalars[tail->result];
  }
  put(result->data, result->dtype, element, sum);
}

/* ---- Convolution ----------------------------------------------------------
 */

typedef struct conv {
  tensor input, weights, result;
  int64_t strides[2], pads[2], dilations[2];
  int32_t input_zero;
} conv;

static int32_t conv_sum(const conv *c, const int64_t at[4], int64_t group,
                        int32_t weight_zero) {
  const int64_t *in = c->input.shape, *kernel = c->weights.shape;
  int32_t sum = 0;
  for (int64_t channel = 0; channel < kernel[1]; ++channel)
    for (int64_t ky = 0; ky < kernel[2]; ++ky)
      for (int64_t kx = 0; kx < kernel[3]; ++kx) {
        const int64_t y =
            at[2] * c->strides[0] + ky * c->dilations[0] - c->pads[0];
        const int64_t x =
            at[3] * c->strides[1] + kx * c->dilations[1] - c->pads[1];
        /* A padded element counts as the zero point: it adds nothing. */
        if (y < 0 || y >= in[2] || x < 0 || x >= in[3])
          continue;
        const int64_t from =
            ((at[0] * in[1] + group * kernel[1] + channel) * in[2] + y) *
                in[3] +
            x;
        const int64_t weight =
            ((at[1] * kernel[1] + channel) * kernel[2] + ky) * kernel[3] + kx;
        sum = add_product(
            sum,
            get(c->input.data, c->input.dtype, (uint64_t)from) - c->input_zero,
            get(c->weights.data, c->weights.dtype, (uint64_t)weight) -
                weight_zero);
      }
  return sum;
}

static void run_conv(gp_image_body body, gp_image_op op, void *const *places) {
  const gp_image_conv image = gp_image_op_as_conv(op);
  const size_t zero_count = gp_image_conv_rhs_zp_count(image);
  conv c = {operand_of(body, op, 0, places),
            operand_of(body, op, 1, places),
            tensor_of(body, gp_image_op_results_at(op, 0), places),
            {0, 0},
            {0, 0},
            {0, 0},
            gp_image_conv_lhs_zp_at(image, 0)};
  const int64_t *out = c.result.shape;
  const int64_t per_group = out[1] / gp_image_conv_groups(image);
  epilogue tail;
  int64_t at[4];
  uint64_t element = 0;
  for (size_t i = 0; i < 2; ++i) {
    c.strides[i] = gp_image_conv_strides_at(image, i);
    c.pads[i] = gp_image_conv_pads_low_at(image, i);
    c.dilations[i] = gp_image_conv_dilations_at(image, i);
  }
  decode_epilogue(body, op, gp_image_conv_epilogue(image), places, &tail);
  for (at[0] = 0; at[0] < out[0]; ++at[0])
    for (at[1] = 0; at[1] < out[1]; ++at[1])
      for (at[2] = 0; at[2] < out[2]; ++at[2])
        for (at[3] = 0; at[3] < out[3]; ++at[3]) {
          const int32_t zero = gp_image_conv_rhs_zp_at(
              image, entry_of(zero_count, (uint64_t)at[1]));
          store(&tail, &c.result, element++,
                conv_sum(&c, at, at[1] / per_group, zero));
        }
}

/* ---- Matrix product -------------------------------------------------------
 */

static void run_matmul(gp_image_body body, gp_image_op op,
                       void *const *places) {
  const gp_image_mat_mul image = gp_image_op_as_mat_mul(op);
  const tensor lhs = operand_of(body, op, 0, places);
  const tensor rhs = operand_of(body, op, 1, places);
  const tensor result = tensor_of(body, gp_image_op_results_at(op, 0), places);
  const uint64_t columns = (uint64_t)result.shape[result.rank - 1];
  const uint64_t rows = (uint64_t)result.shape[result.rank - 2];
  const uint64_t depth = (uint64_t)lhs.shape[lhs.rank - 1];
  const size_t left_zeros = gp_image_mat_mul_lhs_zp_count(image);
  const size_t right_zeros = gp_image_mat_mul_rhs_zp_count(image);
  epilogue tail;
  decode_epilogue(body, op, gp_image_mat_mul_epilogue(image), places, &tail);
  for (uint64_t e = 0; e < element_count(&result); ++e) {
    const uint64_t column = e % columns, row = e / columns % rows;
    const uint64_t left = matching_element(&lhs, &result, e, 2) + row * depth;
    const uint64_t right = matching_element(&rhs, &result, e, 2) + column;
    const int32_t left_zero =
        gp_image_mat_mul_lhs_zp_at(image, entry_of(left_zeros, row));
    const int32_t right_zero =
        gp_image_mat_mul_rhs_zp_at(image, entry_of(right_zeros, column));
    int32_t sum = 0;
    for (uint64_t k = 0; k < depth; ++k)
      sum = add_product(sum, get(lhs.data, lhs.dtype, left + k) - left_zero,
                        get(rhs.data, rhs.dtype, right + k * columns) -
                            right_zero);
    store(&tail, &result, e, sum);
  }
}

/* ---- The others -----------------------------------------------------------
 */

static void run_map(gp_image_body body, gp_image_op op, void *const *places) {
  const gp_image_region image = gp_image_map_region(gp_image_op_as_map(op));
  const size_t operand_count = gp_image_op_operands_count(op);
  const tensor first = tensor_of(body, gp_image_op_results_at(op, 0), places);
  tensor operands[most_scalars];
  region decoded;
  decode_region(image, &decoded);
  for (size_t i = 0; i < operand_count; ++i)
    operands[i] = operand_of(body, op, i, places);
  for (uint64_t e = 0; e < element_count(&first); ++e) {
    int32_t scalars[most_scalars] = {0};
    for (size_t i = 0; i < operand_count; ++i)
      scalars[i] = get(operands[i].data, operands[i].dtype,
                       matching_element(&operands[i], &first, e, 0));
    run_region(&decoded, scalars);
    for (size_t i = 0; i < gp_image_op_results_count(op); ++i) {
      const tensor result =
          tensor_of(body, gp_image_op_results_at(op, i), places);
      put(result.data, result.dtype, e,
          scalars[gp_image_region_results_at(image, i)]);
    }
  }
}

void run_op(gp_image_body body, gp_image_op op, void *const *places) {
  uint64_t bytes = 0;
  switch ((int)gp_image_op_attributes_type(op)) {
  case gp_image_attributes_conv:
    run_conv(body, op, places);
    break;
  case gp_image_attributes_mat_mul:
    run_matmul(body, op, places);
    break;
  case gp_image_attributes_map:
    run_map(body, op, places);
    break;
  default: /* reshape: the same bytes under another shape */
    gp_value_bytes(gp_image_body_values_at(body, gp_image_op_results_at(op, 0)),
                   &bytes);
    memcpy(places[gp_image_op_results_at(op, 0)],
           places[gp_image_op_operands_at(op, 0)], (size_t)bytes);
    break;
  }
}
