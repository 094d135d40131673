/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An instr program in the making. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "kernels.h"

/* A matrix of f32 in a buffer. */
typedef struct tile {
  uint32_t buffer;
  int64_t offset, row_step; /* bytes */
  matrix_size size;
} tile;

typedef struct program {
  gp_writer writer;
  kernels kernels;
  list buffers;
  list instructions, inputs, outputs, constants, layers; /* of gp_ref */
  list segments;                                         /* of gp_bytes */
  uint64_t used[space_count];
  uint32_t layer; /* of the instructions that follow */
  int is_full;    /* a space had no room for a buffer */
} program;

void program_begin(program *p);
void program_free(program *p);

/* The number of a new buffer. `name` outlives the program. */
uint32_t add_buffer(program *p, const char *name, uint32_t space,
                    uint64_t bytes);
void add_input(program *p, uint32_t buffer, matrix_size size);
void add_output(program *p, uint32_t buffer, matrix_size size);
/* Bytes that are in the buffer from the start; they outlive the program. */
void add_constant(program *p, uint32_t buffer, gp_bytes bytes);
void add_layer(program *p, const char *name, uint64_t macs, uint64_t bytes);

/* Instructions wait for those whose bytes they read or overwrite. */
void add_copy(program *p, uint32_t engine, tile source, tile target);
void add_compute(program *p, uint32_t engine, gp_image_region region,
                 const tile *operands, size_t operand_count, tile target,
                 int accumulate);

/* The program; NULL in data if memory ran out. Lives as long as `p`. */
gp_bytes program_finish(program *p, const char *name);

#endif
