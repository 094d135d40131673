/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Writes instructions with the SDK's writer, and derives what they wait for. */
#include "program.h"

#include <glowplug/glue/arena.h>
#include <glowplug/glue/sha256.h>
#include <glowplug/instr_writer.h>

#include <string.h>

#define NO_INSTRUCTION UINT32_MAX
enum { most_waits = (most_operands + 2) * (engine_count + 1) };

typedef struct buffer {
  const char *name;
  uint32_t space;
  uint64_t offset, bytes;
  /* The last instructions on it. An engine is in order, so that its last
   * reader stands for all of its readers since then. */
  uint32_t writer, writer_engine, readers[engine_count];
} buffer;

typedef struct waits {
  uint32_t list[most_waits];
  size_t count;
} waits;

static buffer *buffer_at(program *p, uint32_t index) {
  return &LIST_AT(buffer, &p->buffers, index);
}

void program_begin(program *p) {
  memset(p, 0, sizeof *p);
  kernels_begin(&p->kernels);
  p->buffers.size = sizeof(buffer);
  p->instructions.size = p->inputs.size = p->outputs.size = sizeof(gp_ref);
  p->constants.size = p->layers.size = sizeof(gp_ref);
  p->segments.size = sizeof(gp_bytes);
  p->layer = UINT32_MAX;
}

void program_free(program *p) {
  gp_writer_free(&p->writer);
  kernels_free(&p->kernels);
  list_free(&p->buffers);
  list_free(&p->instructions);
  list_free(&p->inputs);
  list_free(&p->outputs);
  list_free(&p->constants);
  list_free(&p->layers);
  list_free(&p->segments);
}

uint32_t add_buffer(program *p, const char *name, uint32_t space,
                    uint64_t bytes) {
  buffer b = {name, space, 0, bytes, NO_INSTRUCTION, 0, {0}};
  size_t i;
  for (i = 0; i < engine_count; ++i)
    b.readers[i] = NO_INSTRUCTION;
  b.offset = gp_align_up(p->used[space], place_alignment);
  if (b.offset > space_bytes(space) || bytes > space_bytes(space) - b.offset)
    p->is_full = 1;
  else
    p->used[space] = b.offset + bytes;
  list_add(&p->buffers, &b);
  return (uint32_t)(p->buffers.count - 1);
}

static gp_ref write_binding(program *p, uint32_t index, matrix_size size) {
  const int64_t shape[] = {size.rows, size.columns};
  gp_instr_binding_fields fields = gp_instr_binding_defaults();
  fields.buffer = index;
  fields.dtype = gp_image_dtype_f32;
  fields.shape = shape;
  fields.shape_count = 2;
  return gp_instr_write_binding(&p->writer, &fields);
}

void add_input(program *p, uint32_t index, matrix_size size) {
  const gp_ref binding = write_binding(p, index, size);
  list_add(&p->inputs, &binding);
}

void add_output(program *p, uint32_t index, matrix_size size) {
  const gp_ref binding = write_binding(p, index, size);
  list_add(&p->outputs, &binding);
}

void add_constant(program *p, uint32_t index, gp_bytes bytes) {
  gp_instr_constant_fields fields = gp_instr_constant_defaults();
  gp_ref constant;
  fields.buffer = index;
  fields.segment = (uint32_t)p->segments.count;
  constant = gp_instr_write_constant(&p->writer, &fields);
  list_add(&p->constants, &constant);
  list_add(&p->segments, &bytes);
}

void add_layer(program *p, const char *name, uint64_t macs, uint64_t bytes) {
  gp_instr_layer_fields fields = gp_instr_layer_defaults();
  gp_ref layer;
  fields.name = gp_writer_string(&p->writer, name);
  fields.macs = macs;
  fields.bytes = bytes;
  layer = gp_instr_write_layer(&p->writer, &fields);
  list_add(&p->layers, &layer);
}

static void wait_for(waits *w, uint32_t instruction) {
  size_t i;
  for (i = 0; i < w->count; ++i)
    if (w->list[i] == instruction)
      return;
  if (instruction != NO_INSTRUCTION)
    w->list[w->count++] = instruction;
}

/* What an instruction on `engine` waits for before it reads `b`. The engine
 * does its own instructions in order. */
static void read_buffer(program *p, buffer *b, uint32_t engine, waits *w) {
  if (b->writer_engine != engine)
    wait_for(w, b->writer);
  b->readers[engine] = (uint32_t)p->instructions.count;
}

/* Likewise, before it writes. */
static void write_buffer(program *p, buffer *b, uint32_t engine, waits *w) {
  size_t i;
  if (b->writer_engine != engine)
    wait_for(w, b->writer);
  for (i = 0; i < engine_count; ++i) {
    if (i != engine)
      wait_for(w, b->readers[i]);
    b->readers[i] = NO_INSTRUCTION;
  }
  b->writer = (uint32_t)p->instructions.count;
  b->writer_engine = engine;
}

static gp_ref write_tile(program *p, tile t) {
  const int64_t shape[] = {t.size.rows, t.size.columns};
  const int64_t strides[] = {t.row_step, sizeof(float)};
  gp_instr_view_fields fields = gp_instr_view_defaults();
  fields.buffer = t.buffer;
  fields.offset = t.offset;
  fields.dtype = gp_image_dtype_f32;
  fields.shape = shape;
  fields.shape_count = 2;
  fields.strides = strides;
  fields.strides_count = 2;
  return gp_instr_write_view(&p->writer, &fields);
}

static void append(program *p, uint32_t engine, const waits *w,
                   gp_instr_action type, gp_ref action) {
  gp_instr_instruction_fields fields = gp_instr_instruction_defaults();
  gp_ref instruction;
  fields.engine = engine;
  fields.waits = w->list;
  fields.waits_count = w->count;
  fields.action_type = type;
  fields.action = action;
  fields.layer = p->layer;
  instruction = gp_instr_write_instruction(&p->writer, &fields);
  list_add(&p->instructions, &instruction);
}

void add_copy(program *p, uint32_t engine, tile source, tile target) {
  gp_instr_copy_fields fields = gp_instr_copy_defaults();
  waits w = {{0}, 0};
  if (p->buffers.failed)
    return;
  read_buffer(p, buffer_at(p, source.buffer), engine, &w);
  write_buffer(p, buffer_at(p, target.buffer), engine, &w);
  fields.source = write_tile(p, source);
  fields.target = write_tile(p, target);
  append(p, engine, &w, gp_instr_action_copy,
         gp_instr_write_copy(&p->writer, &fields));
}

void add_compute(program *p, uint32_t engine, gp_image_region region,
                 const tile *operands, size_t operand_count, tile target,
                 int accumulate) {
  gp_instr_compute_fields fields = gp_instr_compute_defaults();
  matrix_size sizes[most_operands];
  gp_ref views[most_operands], result[1];
  waits w = {{0}, 0};
  size_t i;
  if (p->buffers.failed)
    return;
  for (i = 0; i < operand_count; ++i) {
    read_buffer(p, buffer_at(p, operands[i].buffer), engine, &w);
    views[i] = write_tile(p, operands[i]);
    sizes[i] = operands[i].size;
  }
  write_buffer(p, buffer_at(p, target.buffer), engine, &w);
  result[0] = write_tile(p, target);
  fields.kernel =
      kernel_of(&p->kernels, region, sizes, operand_count, target.size);
  fields.operands = views;
  fields.operands_count = operand_count;
  fields.results = result;
  fields.results_count = 1;
  fields.accumulate = accumulate;
  append(p, engine, &w, gp_instr_action_compute,
         gp_instr_write_compute(&p->writer, &fields));
}

/* Writes the buffers; a ref for each. */
static void write_buffers(program *p, list *refs) {
  size_t i;
  for (i = 0; i < p->buffers.count; ++i) {
    const buffer *b = &LIST_AT(buffer, &p->buffers, i);
    gp_instr_buffer_fields fields = gp_instr_buffer_defaults();
    gp_ref ref;
    fields.name = gp_writer_string(&p->writer, b->name);
    fields.space = b->space;
    fields.offset = b->offset;
    fields.bytes = b->bytes;
    ref = gp_instr_write_buffer(&p->writer, &fields);
    list_add(refs, &ref);
  }
}

gp_bytes program_finish(program *p, const char *name) {
  gp_instr_program_fields fields = gp_instr_program_defaults();
  gp_writer machine_writer = {NULL, 0, 0, NULL, 0, 0};
  const gp_bytes machine = describe_machine(&machine_writer);
  const gp_bytes image = kernels_finish(&p->kernels);
  list buffers = {NULL, 0, sizeof(gp_ref), 0};
  list sizes = {NULL, 0, sizeof(uint64_t), 0};
  gp_bytes bytes = {NULL, 0};
  uint8_t hash[32];
  size_t i;
  write_buffers(p, &buffers);
  for (i = 0; i < p->segments.count; ++i) {
    const uint64_t size = LIST_AT(gp_bytes, &p->segments, i).size;
    list_add(&sizes, &size);
  }
  if (machine.data != NULL && image.data != NULL && !buffers.failed &&
      !sizes.failed && !p->buffers.failed && !p->instructions.failed &&
      !p->inputs.failed && !p->outputs.failed && !p->constants.failed &&
      !p->layers.failed && !p->segments.failed) {
    gp_sha256(machine.data, machine.size, hash);
    fields.container_version = GP_INSTR_CONTAINER_VERSION;
    fields.name = gp_writer_string(&p->writer, name);
    fields.machine_sha256 = hash;
    fields.machine_sha256_count = sizeof hash;
    fields.buffers = buffers.items;
    fields.buffers_count = buffers.count;
    fields.inputs = p->inputs.items;
    fields.inputs_count = p->inputs.count;
    fields.outputs = p->outputs.items;
    fields.outputs_count = p->outputs.count;
    fields.constants = p->constants.items;
    fields.constants_count = p->constants.count;
    fields.segment_bytes = sizes.items;
    fields.segment_bytes_count = sizes.count;
    fields.instructions = p->instructions.items;
    fields.instructions_count = p->instructions.count;
    fields.kernels = image.data;
    fields.kernels_count = image.size;
    fields.layers = p->layers.items;
    fields.layers_count = p->layers.count;
    bytes = gp_instr_finish(&p->writer,
                            gp_instr_write_program(&p->writer, &fields));
  }
  list_free(&sizes);
  list_free(&buffers);
  gp_writer_free(&machine_writer);
  return bytes;
}
