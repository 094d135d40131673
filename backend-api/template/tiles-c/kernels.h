/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The kernels of an instr program: an image with one body per op on tiles. */
#ifndef KERNELS_H
#define KERNELS_H

#include "list.h"
#include "machine.h"

#include <glowplug/image.h>

typedef struct matrix_size {
  int64_t rows, columns;
} matrix_size;

typedef struct kernels {
  gp_writer writer;
  list bodies, known;
} kernels;

void kernels_begin(kernels *k);
void kernels_free(kernels *k);
/* The number of the kernel that multiplies two tiles, if there is no region, or
 * that applies the region to tiles. Equal ones are written once. */
uint32_t kernel_of(kernels *k, gp_image_region region,
                   const matrix_size *operands, size_t operand_count,
                   matrix_size result);
/* The image; NULL in data if memory ran out. Lives as long as the kernels. */
gp_bytes kernels_finish(kernels *k);

#endif
