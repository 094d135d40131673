/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the commands do, one after another. */
#include "device.h"

#include <glowplug/image.h>

#include <string.h>

int blob_read(gp_bytes bytes, blob *b) {
  b->header = bytes.data;
  if (bytes.size < sizeof *b->header || b->header->magic != blob_magic ||
      b->header->version != blob_version)
    return 0;
  b->commands = (const command *)(b->header + 1);
  b->inputs = (const bound *)(b->commands + b->header->commands);
  b->outputs = b->inputs + b->header->inputs;
  b->constants = b->outputs + b->header->outputs;
  b->micro_ops = (const micro_op *)(b->constants + b->header->constants);
  return (const char *)(b->micro_ops + b->header->micro_ops) ==
         (const char *)bytes.data + bytes.size;
}

static uint8_t *place(uint8_t *const *memories, const view *v, int64_t row,
                      int64_t column) {
  /* A dim of size 1 repeats. */
  return memories[v->space] + v->address +
         (v->rows == 1 ? 0 : row * v->row_step) +
         (v->columns == 1 ? 0 : column * v->column_step);
}

static float get(uint8_t *const *memories, const view *v, int64_t row,
                 int64_t column) {
  float value;
  memcpy(&value, place(memories, v, row, column), sizeof value);
  return value;
}

static float product_element(uint8_t *const *memories, const command *c,
                             int64_t row, int64_t column) {
  float sum = c->accumulate ? get(memories, &c->target, row, column) : 0;
  int64_t k;
  for (k = 0; k < c->operands[0].columns; ++k)
    sum += get(memories, &c->operands[0], row, k) *
           get(memories, &c->operands[1], k, column);
  return sum;
}

static float evaluate(const micro_op *micro, float a, float b) {
  switch (micro->op) {
  case gp_image_scalar_op_constant:
    return micro->constant;
  case gp_image_scalar_op_add:
    return a + b;
  case gp_image_scalar_op_sub:
    return a - b;
  case gp_image_scalar_op_mul:
    return a * b;
  case gp_image_scalar_op_min: /* a NaN stays */
    return a < b || a != a ? a : b;
  default:
    return a > b || a != a ? a : b;
  }
}

static float map_element(uint8_t *const *memories, const command *c,
                         const micro_op *micro_ops, int64_t row,
                         int64_t column) {
  float scalars[most_scalars] = {0};
  size_t count, i;
  for (count = 0; count < c->operand_count; ++count)
    scalars[count] = get(memories, &c->operands[count], row, column);
  for (i = 0; i < c->micro_op_count; ++i) {
    const micro_op *micro = &micro_ops[c->first_micro_op + i];
    scalars[count++] = evaluate(micro, scalars[micro->a], scalars[micro->b]);
  }
  return scalars[c->result];
}

void execute(uint8_t *const memories[space_count], const command *c,
             const micro_op *micro_ops) {
  int64_t row, column;
  for (row = 0; row < c->target.rows; ++row)
    for (column = 0; column < c->target.columns; ++column) {
      const float value =
          c->opcode == command_copy
              ? get(memories, &c->operands[0], row, column)
          : c->opcode == command_product
              ? product_element(memories, c, row, column)
              : map_element(memories, c, micro_ops, row, column);
      memcpy(place(memories, &c->target, row, column), &value, sizeof value);
    }
}
