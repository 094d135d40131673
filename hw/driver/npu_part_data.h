/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The part of a file part.h, which `glowplug export` wrote and which is in the
 * include path, as `npu_part_data`. To be included by one source.
 */
#pragma once

#include "npu_part.h"
#include "part.h"

#define NPU_PART_ROW(name, address, bytes) {#name, address, bytes},

/* The last row is nobody's: in C no list is empty. */
static const struct npu_part_segment npu_part_segments[] = {
    PART_SEGMENTS(NPU_PART_ROW){"", 0, 0}};
static const struct npu_part_segment npu_part_outputs[] = {
    PART_OUTPUTS(NPU_PART_ROW){"", 0, 0}};

static const struct npu_part npu_part_data = {
    PART_NAME,
    PART_REGISTER_CONFIGURATION,
    PART_MEMORY_BYTES,
    {PART_REGISTER_BASE0, PART_REGISTER_BASE1, PART_REGISTER_BASE2,
     PART_REGISTER_BASE3, PART_REGISTER_BASE4, PART_REGISTER_BASE5,
     PART_REGISTER_BASE6, PART_REGISTER_BASE7},
    PART_COMMANDS_ADDRESS,
    PART_COMMANDS,
    npu_part_segments,
    sizeof npu_part_segments / sizeof npu_part_segments[0] - 1,
    npu_part_outputs,
    sizeof npu_part_outputs / sizeof npu_part_outputs[0] - 1};
