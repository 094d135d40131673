/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The example of a program on bare metal: it runs a part twice, then a broken
 * program, then the part, then one that it stops, then the part again. Before
 * each run it overwrites the outputs, and reads them after it, so caches
 * matter.
 */
#pragma once

#include "npu_part.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One run of the example. */
struct example_run {
  const char *name;     /**< static */
  enum npu_error error; /**< what the driver says of it */
  uint32_t interrupts;  /**< taken during the run */
  struct npu_fault_report fault;
  struct npu_counters counters;
  uint64_t output_hash; /**< of all bytes of the outputs, by FNV-1a */
};

/** The machine that the example runs on; functions get \p context first. */
struct example_machine {
  struct npu_platform platform;
  void *context;
  const struct npu_part *part;
  uint64_t part_address; /**< where its block lies, with all but outputs */
  /** Reads or writes 64 bits of memory, at a multiple of 8, as the CPU does. */
  uint64_t (*read_memory)(void *context, uint64_t address);
  void (*write_memory)(void *context, uint64_t address, uint64_t value);
  /** From now on, \p npu has its interrupts handled. */
  void (*connect_interrupt)(void *context, struct npu_device *npu);
  /** Told of each run when it has ended. */
  void (*report)(void *context, const struct example_run *run);
};

/** NPU_OK if the NPU could be taken into use; runs report for themselves. */
enum npu_error example_main(const struct example_machine *machine);

#ifdef __cplusplus
}
#endif
