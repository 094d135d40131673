/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The encoder. The functional device does commands in the order of the program,
 * which is a legal one as long as no instruction waits for a later one. */
#include "encode.h"
#include "device.h"

#include <glowplug/glue/region.h>
#include <glowplug/instr.h>

#include <string.h>

typedef struct encoder {
  gp_instr_program program;
  gp_image_program kernels;
  list commands, micro_ops, bounds;
} encoder;

static const char *read_view(const encoder *e, gp_instr_view from, view *to) {
  const gp_instr_buffer buffer =
      gp_instr_program_buffers_at(e->program, gp_instr_view_buffer(from));
  if (gp_instr_view_shape_count(from) != 2 ||
      gp_instr_view_blocks_count(from) != 0 ||
      gp_instr_view_dtype(from) != gp_image_dtype_f32)
    return "a view needs to be a matrix of f32 without blocks";
  to->space = gp_instr_buffer_space(buffer);
  to->address =
      (int64_t)gp_instr_buffer_offset(buffer) + gp_instr_view_offset(from);
  to->rows = gp_instr_view_shape_at(from, 0);
  to->columns = gp_instr_view_shape_at(from, 1);
  to->row_step = gp_instr_view_strides_at(from, 0);
  to->column_step = gp_instr_view_strides_at(from, 1);
  return NULL;
}

static void add_bound(encoder *e, uint32_t index, uint64_t segment,
                      uint64_t offset) {
  const gp_instr_buffer buffer = gp_instr_program_buffers_at(e->program, index);
  const bound b = {gp_instr_buffer_offset(buffer),
                   gp_instr_buffer_bytes(buffer), segment, offset};
  list_add(&e->bounds, &b);
}

static const char *encode_region(encoder *e, gp_image_region region,
                                 command *c) {
  size_t i;
  if (gp_region_scalars(region) > most_scalars)
    return "a region has more than 32 scalars";
  c->first_micro_op = (uint32_t)e->micro_ops.count;
  c->micro_op_count = (uint32_t)gp_image_region_instructions_count(region);
  c->result = gp_image_region_results_at(region, 0);
  for (i = 0; i < c->micro_op_count; ++i) {
    const gp_image_instruction from =
        gp_image_region_instructions_at(region, i);
    /* A missing operand reads as 0. */
    const micro_op micro = {(uint32_t)gp_image_instruction_op(from),
                            gp_image_instruction_operands_at(from, 0),
                            gp_image_instruction_operands_at(from, 1),
                            gp_instruction_f32(from)};
    list_add(&e->micro_ops, &micro);
  }
  return NULL;
}

static const char *encode_compute(encoder *e, gp_instr_compute compute,
                                  command *c) {
  const gp_image_op op = gp_image_body_ops_at(
      gp_image_program_bodies_at(e->kernels, gp_instr_compute_kernel(compute)),
      0);
  const gp_image_mat_mul product = gp_image_op_as_mat_mul(op);
  const size_t operands = gp_instr_compute_operands_count(compute);
  const char *problem;
  size_t i;
  if (operands > most_operands ||
      gp_instr_compute_results_count(compute) != 1 ||
      gp_image_mat_mul_epilogue(product).p != NULL)
    return "a computation needs one result, at most 4 operands and no epilogue";
  c->accumulate = gp_instr_compute_accumulate(compute) != 0;
  c->operand_count = (uint32_t)operands;
  problem = read_view(e, gp_instr_compute_results_at(compute, 0), &c->target);
  for (i = 0; problem == NULL && i < operands; ++i)
    problem =
        read_view(e, gp_instr_compute_operands_at(compute, i), &c->operands[i]);
  c->opcode = product.p != NULL ? command_product : command_map;
  if (problem == NULL && product.p == NULL)
    problem = encode_region(e, gp_image_map_region(gp_image_op_as_map(op)), c);
  return problem;
}

static const char *encode_instruction(encoder *e, size_t index) {
  const gp_instr_instruction from =
      gp_instr_program_instructions_at(e->program, index);
  const gp_instr_copy copy = gp_instr_instruction_as_copy(from);
  const enum gp_instr_action action = gp_instr_instruction_action_type(from);
  const char *problem = NULL;
  command c;
  size_t i;
  memset(&c, 0, sizeof c);
  for (i = 0; i < gp_instr_instruction_waits_count(from); ++i)
    if (gp_instr_instruction_waits_at(from, i) >= index)
      return "an instruction waits for a later one";
  if (action == gp_instr_action_wait)
    return NULL;
  if (action == gp_instr_action_copy) {
    c.opcode = command_copy;
    c.operand_count = 1;
    problem = read_view(e, gp_instr_copy_source(copy), &c.operands[0]);
    if (problem == NULL)
      problem = read_view(e, gp_instr_copy_target(copy), &c.target);
  } else if (action == gp_instr_action_compute) {
    problem = encode_compute(e, gp_instr_instruction_as_compute(from), &c);
  } else {
    problem = "the machine has no such action";
  }
  if (problem == NULL)
    list_add(&e->commands, &c);
  return problem;
}

static void encode_bounds(encoder *e, blob_header *header) {
  const gp_instr_program p = e->program;
  size_t i;
  header->inputs = gp_instr_program_inputs_count(p);
  header->outputs = gp_instr_program_outputs_count(p);
  header->constants = gp_instr_program_constants_count(p);
  for (i = 0; i < header->inputs; ++i)
    add_bound(e, gp_instr_binding_buffer(gp_instr_program_inputs_at(p, i)), 0,
              0);
  for (i = 0; i < header->outputs; ++i)
    add_bound(e, gp_instr_binding_buffer(gp_instr_program_outputs_at(p, i)), 0,
              0);
  for (i = 0; i < header->constants; ++i) {
    const gp_instr_constant constant = gp_instr_program_constants_at(p, i);
    add_bound(e, gp_instr_constant_buffer(constant),
              gp_instr_constant_segment(constant),
              gp_instr_constant_offset(constant));
  }
  for (i = 0; i < gp_instr_program_buffers_count(p); ++i) {
    const gp_instr_buffer buffer = gp_instr_program_buffers_at(p, i);
    const uint64_t end =
        gp_instr_buffer_offset(buffer) + gp_instr_buffer_bytes(buffer);
    if (gp_instr_buffer_space(buffer) == dram && end > header->dram_bytes)
      header->dram_bytes = end;
  }
}

static void append(list *blob, const void *items, size_t bytes) {
  size_t i;
  for (i = 0; i < bytes; ++i)
    list_add(blob, (const char *)items + i);
}

const char *encode_program(gp_bytes program, list *blob) {
  encoder e = {gp_instr_root(program.data),
               {NULL},
               {NULL, 0, sizeof(command), 0},
               {NULL, 0, sizeof(micro_op), 0},
               {NULL, 0, sizeof(bound), 0}};
  blob_header header = {blob_magic, blob_version, 0, 0, 0, 0, 0, 0};
  const char *problem = NULL;
  size_t i;
  e.kernels = gp_image_root(gp_instr_program_kernels_data(e.program));
  for (i = 0;
       problem == NULL && i < gp_instr_program_instructions_count(e.program);
       ++i)
    problem = encode_instruction(&e, i);
  encode_bounds(&e, &header);
  header.commands = e.commands.count;
  header.micro_ops = e.micro_ops.count;
  append(blob, &header, sizeof header);
  append(blob, e.commands.items, e.commands.count * sizeof(command));
  append(blob, e.bounds.items, e.bounds.count * sizeof(bound));
  append(blob, e.micro_ops.items, e.micro_ops.count * sizeof(micro_op));
  blob->failed |= e.commands.failed | e.bounds.failed | e.micro_ops.failed;
  list_free(&e.commands);
  list_free(&e.bounds);
  list_free(&e.micro_ops);
  return problem;
}
