/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The scheduler. Each tensor has a place in DRAM; work is done tile by tile in
 * the scratchpad. Every kind of tile has two slots that take turns, so that the
 * loader fills one while the array reads the other. */
#include "schedule.h"

#include <glowplug/glue/layout.h>

#include <stdlib.h>
#include <string.h>

enum { element_bytes = sizeof(float) };

/* Part of a matrix: its first row and column, and its size. */
typedef struct area {
  int64_t row, column;
  matrix_size size;
} area;

/* Two slots of each kind of tile; which one is next. */
typedef struct slots {
  uint32_t left[2], right[2], sums[2], extras[2][most_operands];
  uint32_t turn, load_turn;
} slots;

typedef struct context {
  program *p;
  gp_image_body body;
  const uint32_t *buffers; /* by value */
  slots slots;
} context;

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static matrix_size size_of(gp_image_body body, uint32_t value) {
  const gp_image_value v = gp_image_body_values_at(body, value);
  const matrix_size size = {gp_image_value_shape_at(v, 0),
                            gp_image_value_shape_at(v, 1)};
  return size;
}

static uint64_t bytes_of(matrix_size size) {
  return (uint64_t)(size.rows * size.columns) * element_bytes;
}

/* `part` of a dense matrix of the size `whole`. */
static tile part_of(uint32_t buffer, matrix_size whole, area part) {
  const int64_t step = whole.columns * element_bytes;
  const tile t = {buffer, part.row * step + part.column * element_bytes, step,
                  part.size};
  return t;
}

static tile slot_tile(uint32_t slot, matrix_size size) {
  const area all = {0, 0, size};
  return part_of(slot, size, all);
}

/* What a part of a result needs of an operand, whose dims of size 1 repeat. */
static area broadcast(matrix_size operand, area part) {
  if (operand.rows == 1) {
    part.row = 0;
    part.size.rows = 1;
  }
  if (operand.columns == 1) {
    part.column = 0;
    part.size.columns = 1;
  }
  return part;
}

static tile load(context *c, uint32_t value, area part, uint32_t slot) {
  const tile target = slot_tile(slot, part.size);
  add_copy(c->p, loader,
           part_of(c->buffers[value], size_of(c->body, value), part), target);
  return target;
}

/* ---- Ops ------------------------------------------------------------------
 */

/* The tile of a result at a row and column. */
static area tile_at(matrix_size whole, int64_t row, int64_t column) {
  const area part = {row,
                     column,
                     {least(tile_size, whole.rows - row),
                      least(tile_size, whole.columns - column)}};
  return part;
}

/* Applies a region to the first `ready` tiles of `operands` and to values, the
 * operands of `op` from number `first` on. The result is in the slot. */
static void map_tile(context *c, gp_image_region region, gp_image_op op,
                     size_t first, tile sums, area part) {
  tile operands[most_operands];
  size_t count = 0, i;
  if (first > 0) /* an epilogue: the sums are its first operand */
    operands[count++] = sums;
  for (i = first; i < gp_image_op_operands_count(op); ++i) {
    const uint32_t value = gp_image_op_operands_at(op, i);
    const uint32_t slot = c->slots.extras[c->slots.turn % 2][i - first];
    operands[count++] =
        load(c, value, broadcast(size_of(c->body, value), part), slot);
  }
  add_compute(c->p, vector_unit, region, operands, count, sums, 0);
}

/* The sums of a tile of a product, over tiles of both operands. */
static void multiply_tile(context *c, gp_image_op op, tile sums, area part) {
  const gp_image_region none = {NULL};
  const uint32_t left = gp_image_op_operands_at(op, 0);
  const uint32_t right = gp_image_op_operands_at(op, 1);
  const int64_t depth = size_of(c->body, left).columns;
  int64_t k;
  for (k = 0; k < depth; k += tile_size) {
    const int64_t length = least(tile_size, depth - k);
    const area rows = {part.row, k, {part.size.rows, length}};
    const area columns = {k, part.column, {length, part.size.columns}};
    const uint32_t turn = c->slots.load_turn++ % 2;
    tile operands[2];
    operands[0] = load(c, left, rows, c->slots.left[turn]);
    operands[1] = load(c, right, columns, c->slots.right[turn]);
    add_compute(c->p, array, none, operands, 2, sums, k > 0);
  }
}

static void schedule_op(context *c, gp_image_op op) {
  const uint32_t target = gp_image_op_results_at(op, 0);
  const matrix_size whole = size_of(c->body, target);
  const gp_image_mat_mul product = gp_image_op_as_mat_mul(op);
  const gp_image_region region =
      product.p != NULL ? gp_image_mat_mul_epilogue(product)
                        : gp_image_map_region(gp_image_op_as_map(op));
  int64_t row, column;
  for (row = 0; row < whole.rows; row += tile_size)
    for (column = 0; column < whole.columns; column += tile_size) {
      const area part = tile_at(whole, row, column);
      const tile sums =
          slot_tile(c->slots.sums[c->slots.turn++ % 2], part.size);
      if (product.p != NULL)
        multiply_tile(c, op, sums, part);
      if (region.p != NULL)
        map_tile(c, region, op, product.p != NULL ? 2 : 0, sums, part);
      add_copy(c->p, storer, sums, part_of(c->buffers[target], whole, part));
    }
}

/* Copies a value to a buffer of its own. */
static void schedule_copy(context *c, uint32_t value, uint32_t buffer) {
  const matrix_size whole = size_of(c->body, value);
  int64_t row, column;
  for (row = 0; row < whole.rows; row += tile_size)
    for (column = 0; column < whole.columns; column += tile_size) {
      const area part = tile_at(whole, row, column);
      const uint32_t slot = c->slots.sums[c->slots.turn++ % 2];
      const tile loaded = load(c, value, part, slot);
      add_copy(c->p, storer, loaded, part_of(buffer, whole, part));
    }
}

/* ---- Memory ---------------------------------------------------------------
 */

static void add_slots(context *c) {
  const uint64_t bytes = tile_size * tile_size * element_bytes;
  size_t i, j;
  for (i = 0; i < 2; ++i) {
    c->slots.left[i] = add_buffer(c->p, "left", scratchpad, bytes);
    c->slots.right[i] = add_buffer(c->p, "right", scratchpad, bytes);
    c->slots.sums[i] = add_buffer(c->p, "sums", scratchpad, bytes);
    for (j = 0; j < most_operands; ++j)
      c->slots.extras[i][j] = add_buffer(c->p, "extra", scratchpad, bytes);
  }
}

/* The bytes of a constant: those of a segment, or a copy of those in the image,
 * where one element fills a splat. NULL if memory ran out. */
static const void *constant_bytes(schedule *s, gp_image_constant constant,
                                  uint64_t bytes, const gp_bytes *segments) {
  uint8_t *copy;
  size_t i;
  if (gp_image_constant_segment(constant) >= 0)
    return (const uint8_t *)segments[gp_image_constant_segment(constant)].data +
           gp_image_constant_offset(constant);
  copy = malloc((size_t)bytes);
  if (copy == NULL)
    return NULL;
  for (i = 0; i < bytes; ++i)
    copy[i] = gp_image_constant_data_at(
        constant, i % gp_image_constant_data_count(constant));
  list_add(&s->owned, &copy);
  if (!s->owned.failed)
    return copy;
  free(copy);
  return NULL;
}

static void add_op_layer(context *c, gp_image_op op) {
  const gp_image_body body = c->body;
  const uint32_t result = gp_image_op_results_at(op, 0);
  uint64_t bytes = bytes_of(size_of(body, result)), macs = 0;
  size_t i;
  for (i = 0; i < gp_image_op_operands_count(op); ++i)
    bytes += bytes_of(size_of(body, gp_image_op_operands_at(op, i)));
  if (gp_image_op_attributes_type(op) == gp_image_attributes_mat_mul)
    macs = gp_elements(body, result) *
           (uint64_t)size_of(body, gp_image_op_operands_at(op, 0)).columns;
  c->p->layer = (uint32_t)c->p->layers.count;
  add_layer(c->p, gp_image_op_name(op), macs, bytes);
}

/* What the caller gets has a buffer of its own: `taken` says which values have
 * a buffer that is something else. */
static void add_outputs(context *c, uint8_t *taken) {
  size_t i;
  c->p->layer = UINT32_MAX;
  for (i = 0; i < gp_image_body_outputs_count(c->body); ++i) {
    const uint32_t value = gp_image_body_outputs_at(c->body, i);
    const matrix_size size = size_of(c->body, value);
    uint32_t buffer = c->buffers[value];
    if (taken[value]) {
      buffer = add_buffer(c->p, "output", dram, bytes_of(size));
      schedule_copy(c, value, buffer);
    }
    taken[value] = 1;
    add_output(c->p, buffer, size);
  }
}

static const char *schedule_body(schedule *s, context *c, uint32_t *buffers,
                                 uint8_t *taken, const gp_bytes *segments) {
  const gp_image_body body = c->body;
  size_t i;
  add_slots(c);
  for (i = 0; i < gp_image_body_values_count(body); ++i)
    buffers[i] =
        add_buffer(c->p, gp_image_value_name(gp_image_body_values_at(body, i)),
                   dram, bytes_of(size_of(body, (uint32_t)i)));
  for (i = 0; i < gp_image_body_inputs_count(body); ++i) {
    const uint32_t value = gp_image_body_inputs_at(body, i);
    taken[value] = 1;
    add_input(c->p, buffers[value], size_of(body, value));
  }
  for (i = 0; i < gp_image_body_ops_count(body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(body, i);
    const gp_image_constant constant = gp_image_op_as_constant(op);
    const uint32_t value = gp_image_op_results_at(op, 0);
    gp_bytes bytes = {NULL, (size_t)bytes_of(size_of(body, value))};
    if (constant.p == NULL) {
      add_op_layer(c, op);
      schedule_op(c, op);
      continue;
    }
    bytes.data = constant_bytes(s, constant, bytes.size, segments);
    if (bytes.data == NULL)
      return "out of memory";
    taken[value] = 1;
    add_constant(c->p, buffers[value], bytes);
  }
  add_outputs(c, taken);
  return c->p->is_full ? "the tensors need more DRAM than there is" : NULL;
}

const char *schedule_image(schedule *s, gp_bytes image,
                           const gp_bytes *segments) {
  const gp_image_program from = gp_image_root(image.data);
  const gp_image_body body = gp_image_program_body(from);
  const size_t count = gp_image_body_values_count(body);
  uint32_t *buffers = calloc(count + 1, sizeof *buffers);
  uint8_t *taken = calloc(count + 1, 1);
  context c;
  const char *problem = "out of memory";
  memset(&c, 0, sizeof c);
  memset(s, 0, sizeof *s);
  s->owned.size = sizeof(void *);
  program_begin(&s->making);
  c.p = &s->making;
  c.body = body;
  c.buffers = buffers;
  if (buffers != NULL && taken != NULL)
    problem = schedule_body(s, &c, buffers, taken, segments);
  if (problem == NULL) {
    s->program = program_finish(&s->making, gp_image_program_name(from));
    problem = s->program.data == NULL ? "out of memory" : NULL;
  }
  free(taken);
  free(buffers);
  return problem;
}

void schedule_free(schedule *s) {
  size_t i;
  for (i = 0; i < s->owned.count; ++i)
    free(LIST_AT(void *, &s->owned, i));
  list_free(&s->owned);
  program_free(&s->making);
}
