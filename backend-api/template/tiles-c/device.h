/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The device: its commands, and a functional model of it. A driver of hardware
 * would stand here. */
#ifndef DEVICE_H
#define DEVICE_H

#include "machine.h"

/* A matrix of f32: where element (0, 0) is, and the bytes between rows and
 * between columns. */
typedef struct view {
  uint32_t space, reserved;
  int64_t address, rows, columns, row_step, column_step;
} view;

/* One scalar operation of the vector unit, on scalars defined before. */
typedef struct micro_op {
  uint32_t op; /* gp_image_scalar_op */
  uint16_t a, b;
  float constant;
} micro_op;

enum { command_copy, command_product, command_map };

typedef struct command {
  uint32_t opcode, accumulate, operand_count;
  uint32_t first_micro_op, micro_op_count, result; /* of a map */
  view target, operands[most_operands];
} command;

/* Bytes of DRAM: of an input, an output, or a constant of `segment`. */
typedef struct bound {
  uint64_t address, bytes, segment, offset;
} bound;

/* A blob is this and then its arrays, in the order of their counts. */
typedef struct blob_header {
  uint32_t magic, version;
  uint64_t commands, inputs, outputs, constants, micro_ops, dram_bytes;
} blob_header;

enum { blob_magic = 0x43454c54, blob_version = 1 };

/* A program as load() finds it in a blob. */
typedef struct blob {
  const blob_header *header;
  const command *commands;
  const bound *inputs, *outputs, *constants;
  const micro_op *micro_ops;
} blob;

/* Finds the arrays. 0 if it is not such a blob. */
int blob_read(gp_bytes bytes, blob *b);

/* Does a command in the memories, one per space. */
void execute(uint8_t *const memories[space_count], const command *c,
             const micro_op *micro_ops);

#endif
