/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A machine and a program for it, written with the glue alone, in C11. */

#include "tests/unit/instr/written.h"

#include <glowplug/glue/sha256.h>
#include <glowplug/image_writer.h>
#include <glowplug/instr_writer.h>
#include <glowplug/machine_writer.h>

enum { dram, spad };

static gp_ref space(gp_writer *w, const char *name, uint64_t bytes) {
  gp_machine_space_fields fields = gp_machine_space_defaults();
  fields.name = gp_writer_string(w, name);
  fields.bytes = bytes;
  fields.alignment = 16;
  fields.bindings = 1;
  return gp_machine_write_space(w, &fields);
}

static gp_ref map_rule(gp_writer *w) {
  const uint32_t spaces[] = {spad};
  const uint8_t dtypes[] = {gp_image_dtype_i8},
                ops[] = {gp_image_scalar_op_neg};
  gp_machine_port_fields port = gp_machine_port_defaults();
  gp_machine_rule_fields rule = gp_machine_rule_defaults();
  gp_ref ports[1];
  port.spaces = spaces;
  port.spaces_count = 1;
  port.dtypes = dtypes;
  port.dtypes_count = 1;
  ports[0] = gp_machine_write_port(w, &port);
  rule.op = gp_image_attributes_map;
  rule.operands = ports;
  rule.operands_count = 1;
  rule.results = ports; /* one table, referred to twice */
  rule.results_count = 1;
  rule.scalar_ops = ops;
  rule.scalar_ops_count = 1;
  return gp_machine_write_rule(w, &rule);
}

static gp_ref engine(gp_writer *w) {
  gp_machine_path_fields path = gp_machine_path_defaults();
  gp_machine_engine_fields fields = gp_machine_engine_defaults();
  gp_ref paths[2], rules[1];
  path.target = spad;
  paths[0] = gp_machine_write_path(w, &path);
  path.source = spad;
  path.target = dram;
  paths[1] = gp_machine_write_path(w, &path);
  rules[0] = map_rule(w);
  fields.name = gp_writer_string(w, "all");
  fields.queue_depth = 4;
  fields.paths = paths;
  fields.paths_count = 2;
  fields.rules = rules;
  fields.rules_count = 1;
  return gp_machine_write_engine(w, &fields);
}

gp_bytes write_machine(gp_writer *w) {
  gp_machine_machine_fields fields = gp_machine_machine_defaults();
  gp_ref spaces[2], engines[1];
  spaces[dram] = space(w, "dram", 1 << 20);
  spaces[spad] = space(w, "spad", 4096);
  engines[0] = engine(w);
  fields.container_version = GP_MACHINE_CONTAINER_VERSION;
  fields.name = gp_writer_string(w, "one engine");
  fields.spaces = spaces;
  fields.spaces_count = 2;
  fields.engines = engines;
  fields.engines_count = 1;
  return gp_machine_finish(w, gp_machine_write_machine(w, &fields));
}

/** An image with a body of one map that negates `size` elements of i8. */
static gp_bytes write_kernel(gp_writer *w, const int64_t *size) {
  const uint8_t parameters[] = {gp_image_dtype_i8};
  const uint16_t first[] = {0}, second[] = {1};
  const uint32_t in[] = {0}, out[] = {1};
  gp_image_instruction_fields neg = gp_image_instruction_defaults();
  gp_image_region_fields region = gp_image_region_defaults();
  gp_image_map_fields map = gp_image_map_defaults();
  gp_image_op_fields op = gp_image_op_defaults();
  gp_image_value_fields value = gp_image_value_defaults();
  gp_image_body_fields body = gp_image_body_defaults();
  gp_image_program_fields program = gp_image_program_defaults();
  gp_ref refs[2];
  neg.op = gp_image_scalar_op_neg;
  neg.dtype = gp_image_dtype_i8;
  neg.operands = first;
  neg.operands_count = 1;
  refs[0] = gp_image_write_instruction(w, &neg);
  region.parameters = parameters;
  region.parameters_count = 1;
  region.instructions = refs;
  region.instructions_count = 1;
  region.results = second;
  region.results_count = 1;
  map.region = gp_image_write_region(w, &region);
  op.attributes_type = gp_image_attributes_map;
  op.attributes = gp_image_write_map(w, &map);
  op.operands = body.inputs = in;
  op.operands_count = body.inputs_count = 1;
  op.results = body.outputs = out;
  op.results_count = body.outputs_count = 1;
  refs[0] = gp_image_write_op(w, &op);
  body.ops = refs;
  body.ops_count = 1;
  value.dtype = gp_image_dtype_i8;
  value.shape = size;
  value.shape_count = 1;
  refs[1] = gp_image_write_value(w, &value);
  {
    const gp_ref values[] = {refs[1], refs[1]};
    body.values = values;
    body.values_count = 2;
    refs[0] = gp_image_write_body(w, &body);
  }
  body = gp_image_body_defaults();
  program.container_version = GP_IMAGE_CONTAINER_VERSION;
  program.opset_version = GP_IMAGE_OPSET_VERSION;
  program.body = gp_image_write_body(w, &body);
  program.bodies = refs;
  program.bodies_count = 1;
  return gp_image_finish(w, gp_image_write_program(w, &program));
}

static gp_ref view(gp_writer *w, uint32_t buffer, const int64_t *size) {
  const int64_t step = 1;
  gp_instr_view_fields fields = gp_instr_view_defaults();
  fields.buffer = buffer;
  fields.dtype = gp_image_dtype_i8;
  fields.shape = size;
  fields.shape_count = 1;
  fields.strides = &step;
  fields.strides_count = 1;
  return gp_instr_write_view(w, &fields);
}

static gp_ref instruction(gp_writer *w, gp_instr_action type, gp_ref action) {
  gp_instr_instruction_fields fields = gp_instr_instruction_defaults();
  fields.action_type = type;
  fields.action = action;
  return gp_instr_write_instruction(w, &fields);
}

static gp_ref copy(gp_writer *w, gp_ref source, gp_ref target) {
  gp_instr_copy_fields fields = gp_instr_copy_defaults();
  fields.source = source;
  fields.target = target;
  return instruction(w, gp_instr_action_copy, gp_instr_write_copy(w, &fields));
}

static gp_ref buffer(gp_writer *w, const char *name, uint32_t where,
                     uint64_t offset, const int64_t *size) {
  gp_instr_buffer_fields fields = gp_instr_buffer_defaults();
  fields.name = gp_writer_string(w, name);
  fields.space = where;
  fields.offset = offset;
  fields.bytes = (uint64_t)*size;
  return gp_instr_write_buffer(w, &fields);
}

static gp_ref binding(gp_writer *w, uint32_t of, const int64_t *size) {
  gp_instr_binding_fields fields = gp_instr_binding_defaults();
  fields.buffer = of;
  fields.dtype = gp_image_dtype_i8;
  fields.shape = size;
  fields.shape_count = 1;
  return gp_instr_write_binding(w, &fields);
}

gp_bytes write_program(gp_writer *w, gp_bytes machine, int64_t size) {
  gp_writer kernels = {NULL, 0, 0, NULL, 0, 0};
  const gp_bytes kernel = write_kernel(&kernels, &size);
  gp_instr_compute_fields compute = gp_instr_compute_defaults();
  gp_instr_program_fields program = gp_instr_program_defaults();
  uint8_t hash[32];
  gp_ref buffers[3], steps[3], inputs[1], outputs[1], tile[1];
  gp_bytes bytes;
  buffers[0] = buffer(w, "x", dram, 0, &size);
  buffers[1] = buffer(w, "y", dram, 1 << 16, &size);
  buffers[2] = buffer(w, "tile", spad, 0, &size);
  tile[0] = view(w, 2, &size);
  compute.operands = compute.results = tile;
  compute.operands_count = compute.results_count = 1;
  steps[0] = copy(w, view(w, 0, &size), tile[0]);
  steps[1] = instruction(w, gp_instr_action_compute,
                         gp_instr_write_compute(w, &compute));
  steps[2] = copy(w, tile[0], view(w, 1, &size));
  inputs[0] = binding(w, 0, &size);
  outputs[0] = binding(w, 1, &size);
  gp_sha256(machine.data, machine.size, hash);
  program.container_version = GP_INSTR_CONTAINER_VERSION;
  program.name = gp_writer_string(w, "negate");
  program.machine_sha256 = hash;
  program.machine_sha256_count = sizeof hash;
  program.buffers = buffers;
  program.buffers_count = 3;
  program.inputs = inputs;
  program.inputs_count = 1;
  program.outputs = outputs;
  program.outputs_count = 1;
  program.instructions = steps;
  program.instructions_count = 3;
  program.kernels = (const uint8_t *)kernel.data;
  program.kernels_count = kernel.size;
  bytes = gp_instr_finish(w, gp_instr_write_program(w, &program));
  gp_writer_free(&kernels);
  return bytes;
}
