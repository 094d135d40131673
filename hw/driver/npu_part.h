/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * A part of a compiled model as `glowplug export` writes it; npu_part_data.h
 * makes one of its part.h. It is one block of memory that may lie at any
 * multiple of 4096; all offsets count from there. Before the first run,
 * commands and segments are copied to their places; the rest may hold anything.
 */
#pragma once

#include "npu_driver.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes at a place in the block. */
struct npu_part_segment {
  const char *name; /**< that of its file, without ".bin" */
  uint64_t offset;
  uint64_t bytes;
};

struct npu_part {
  const char *name;
  uint64_t config_hash;  /**< of the NPU that it was compiled for */
  uint64_t memory_bytes; /**< of the block */
  uint64_t bases[NPU_BASES];
  uint64_t commands_offset;
  uint32_t commands; /**< how many */
  /** Constants and inputs, which are dense and row-major. */
  const struct npu_part_segment *segments;
  uint32_t segment_count;
  const struct npu_part_segment *outputs; /**< dense and row-major */
  uint32_t output_count;
};

#define NPU_PART_REGIONS 16u

/** A program, with room for what it refers to. */
struct npu_placed_part {
  struct npu_program program;
  struct npu_region reads[NPU_PART_REGIONS], writes[NPU_PART_REGIONS];
};

/**
 * The program of \p part in the block at \p address. \p placed refers to itself
 * and must not be moved. NPU_ERROR_ALIGNMENT, or _ARGUMENT if it has more
 * segments or outputs than there is room for.
 */
enum npu_error npu_place_part(struct npu_placed_part *placed,
                              const struct npu_part *part, uint64_t address);

#ifdef __cplusplus
}
#endif
