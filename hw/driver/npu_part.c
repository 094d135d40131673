/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Parts of compiled models as programs for the driver. */

#include "npu_part.h"

#define BLOCK_ALIGNMENT UINT64_C(4096)
#define COMMAND_BYTES UINT64_C(64)

static void add(struct npu_region *regions, size_t *count, uint64_t address,
                uint64_t bytes) {
  if (bytes == 0)
    return;
  regions[*count].address = address;
  regions[*count].bytes = bytes;
  ++*count;
}

enum npu_error npu_place_part(struct npu_placed_part *placed,
                              const struct npu_part *part, uint64_t address) {
  if (!placed || !part)
    return NPU_ERROR_ARGUMENT;
  if (part->segment_count >= NPU_PART_REGIONS ||
      part->output_count > NPU_PART_REGIONS)
    return NPU_ERROR_ARGUMENT;
  if (address % BLOCK_ALIGNMENT != 0)
    return NPU_ERROR_ALIGNMENT;
  struct npu_program *program = &placed->program;
  program->config_hash = part->config_hash;
  program->commands_address = address + part->commands_offset;
  program->commands = part->commands;
  for (uint32_t i = 0; i < NPU_BASES; ++i)
    program->bases[i] = address + part->bases[i];
  program->reads = placed->reads;
  program->read_count = 0;
  add(placed->reads, &program->read_count, program->commands_address,
      part->commands * COMMAND_BYTES);
  for (uint32_t i = 0; i < part->segment_count; ++i)
    add(placed->reads, &program->read_count, address + part->segments[i].offset,
        part->segments[i].bytes);
  program->writes = placed->writes;
  program->write_count = 0;
  for (uint32_t i = 0; i < part->output_count; ++i)
    add(placed->writes, &program->write_count,
        address + part->outputs[i].offset, part->outputs[i].bytes);
  return NPU_OK;
}
