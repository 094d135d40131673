/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The machine: one scratchpad, a loader, a storer, a matrix array and a vector
 * unit, which run side by side. */
#ifndef MACHINE_H
#define MACHINE_H

#include <glowplug/backend.h>
#include <glowplug/glue/writer.h>

#include <stdint.h>

enum { dram, scratchpad, space_count };
enum { loader, storer, array, vector_unit, engine_count };
enum {
  tile_size = 16, /* most rows and columns of a tile */
  place_alignment = 64,
  /* What the vector unit takes: operands of a map, scalars of its region. */
  most_operands = 4,
  most_scalars = 32
};

/* Bytes of a space. */
uint64_t space_bytes(uint32_t space);
/* Whether the vector unit has the scalar operation, a gp_image_scalar_op. */
int has_scalar_op(int op);
/* Writes the description that the host verifies and times programs by. */
gp_bytes describe_machine(gp_writer *w);

#endif
