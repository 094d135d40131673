/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Regions of scalar operations on integers: maps and epilogues. */
#ifndef REGION_H
#define REGION_H

#include <glowplug/image.h>

#include <stddef.h>
#include <stdint.h>

enum { most_scalars = 64, most_scalar_operands = 4, table_entries = 256 };

/* One operation, decoded. */
typedef struct step {
  enum gp_image_scalar_op op;
  enum gp_image_dtype dtype;
  uint16_t operands[most_scalar_operands];
  int32_t constant;
  int32_t table[table_entries];
} step;

/* A region, decoded once per op and not once per element. */
typedef struct region {
  size_t parameters, steps;
  step step[most_scalars];
} region;

/* 1 for the integer types of at most 32 bits that an int32_t can hold. */
int is_integer(enum gp_image_dtype dtype);
/* `value` as a number of type `dtype`: it wraps. */
int32_t wrap(int64_t value, enum gp_image_dtype dtype);
/* Element `index` of `data`, and its assignment. */
int32_t get(const void *data, enum gp_image_dtype dtype, uint64_t index);
void put(void *data, enum gp_image_dtype dtype, uint64_t index, int32_t value);

/* Why the region cannot run here; NULL when it can. */
const char *region_refusal(gp_image_region image);
void decode_region(gp_image_region image, region *decoded);
/* Computes the scalars after the parameters, which are there. */
void run_region(const region *decoded, int32_t scalars[most_scalars]);

#endif
