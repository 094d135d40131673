/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Writes the bodies of kernels with the SDK's image writer. */
#include "kernels.h"

#include <glowplug/image_writer.h>

#include <string.h>

/* What makes a kernel: its region, NULL for a product, and its sizes. */
typedef struct kernel_key {
  const void *region;
  size_t count; /* operands, then the result */
  matrix_size sizes[most_operands + 1];
} kernel_key;

void kernels_begin(kernels *k) {
  memset(k, 0, sizeof *k);
  k->bodies.size = sizeof(gp_ref);
  k->known.size = sizeof(kernel_key);
}

void kernels_free(kernels *k) {
  gp_writer_free(&k->writer);
  list_free(&k->bodies);
  list_free(&k->known);
}

static gp_ref write_region(gp_writer *w, gp_image_region region) {
  gp_image_region_fields fields = gp_image_region_defaults();
  uint8_t parameters[most_scalars];
  gp_ref instructions[most_scalars];
  const uint16_t result = gp_image_region_results_at(region, 0);
  const size_t parameter_count = gp_image_region_parameters_count(region);
  const size_t count = gp_image_region_instructions_count(region);
  size_t i;
  for (i = 0; i < parameter_count; ++i)
    parameters[i] = (uint8_t)gp_image_region_parameters_at(region, i);
  for (i = 0; i < count; ++i) {
    const gp_image_instruction from =
        gp_image_region_instructions_at(region, i);
    const uint16_t operands[] = {gp_image_instruction_operands_at(from, 0),
                                 gp_image_instruction_operands_at(from, 1)};
    gp_image_instruction_fields to = gp_image_instruction_defaults();
    to.op = gp_image_instruction_op(from);
    to.dtype = gp_image_instruction_dtype(from);
    to.bits = gp_image_instruction_bits(from);
    to.operands = operands;
    to.operands_count = gp_image_instruction_operands_count(from);
    instructions[i] = gp_image_write_instruction(w, &to);
  }
  fields.parameters = parameters;
  fields.parameters_count = parameter_count;
  fields.instructions = instructions;
  fields.instructions_count = count;
  fields.results = &result;
  fields.results_count = 1;
  return gp_image_write_region(w, &fields);
}

/* A body of the op \p op on matrices of the sizes of \p key. */
static gp_ref write_body(gp_writer *w, const kernel_key *key,
                         gp_image_op_fields op) {
  gp_image_body_fields body = gp_image_body_defaults();
  gp_ref values[most_operands + 1], ops[1];
  uint32_t inputs[most_operands];
  const uint32_t output = (uint32_t)key->count - 1;
  size_t i;
  for (i = 0; i < key->count; ++i) {
    const int64_t shape[] = {key->sizes[i].rows, key->sizes[i].columns};
    gp_image_value_fields value = gp_image_value_defaults();
    value.dtype = gp_image_dtype_f32;
    value.shape = shape;
    value.shape_count = 2;
    values[i] = gp_image_write_value(w, &value);
    if (i < output)
      inputs[i] = (uint32_t)i;
  }
  op.operands = body.inputs = inputs;
  op.operands_count = body.inputs_count = output;
  op.results = body.outputs = &output;
  op.results_count = body.outputs_count = 1;
  ops[0] = gp_image_write_op(w, &op);
  body.values = values;
  body.values_count = key->count;
  body.ops = ops;
  body.ops_count = 1;
  return gp_image_write_body(w, &body);
}

uint32_t kernel_of(kernels *k, gp_image_region region,
                   const matrix_size *operands, size_t operand_count,
                   matrix_size result) {
  gp_image_op_fields op = gp_image_op_defaults();
  kernel_key key;
  gp_ref body;
  size_t i;
  memset(&key, 0, sizeof key);
  key.region = region.p;
  key.count = operand_count + 1;
  memcpy(key.sizes, operands, operand_count * sizeof *operands);
  key.sizes[operand_count] = result;
  for (i = 0; i < k->known.count; ++i)
    if (memcmp(&LIST_AT(kernel_key, &k->known, i), &key, sizeof key) == 0)
      return (uint32_t)i;
  if (region.p == NULL) {
    const gp_image_mat_mul_fields product = gp_image_mat_mul_defaults();
    op.attributes_type = gp_image_attributes_mat_mul;
    op.attributes = gp_image_write_mat_mul(&k->writer, &product);
  } else {
    gp_image_map_fields map = gp_image_map_defaults();
    map.region = write_region(&k->writer, region);
    op.attributes_type = gp_image_attributes_map;
    op.attributes = gp_image_write_map(&k->writer, &map);
  }
  body = write_body(&k->writer, &key, op);
  list_add(&k->bodies, &body);
  list_add(&k->known, &key);
  return (uint32_t)i;
}

gp_bytes kernels_finish(kernels *k) {
  const gp_image_body_fields empty = gp_image_body_defaults();
  const gp_bytes none = {NULL, 0};
  gp_image_program_fields program = gp_image_program_defaults();
  program.container_version = GP_IMAGE_CONTAINER_VERSION;
  program.opset_version = GP_IMAGE_OPSET_VERSION;
  program.body = gp_image_write_body(&k->writer, &empty);
  program.bodies = k->bodies.items;
  program.bodies_count = k->bodies.count;
  if (k->bodies.failed || k->known.failed)
    return none;
  return gp_image_finish(&k->writer,
                         gp_image_write_program(&k->writer, &program));
}
