/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * A machine and a program, written by the writers of the SDK from C11.
 */
#pragma once

#include <glowplug/glue/writer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One engine that copies and negates. */
gp_bytes write_machine(gp_writer *writer);
/** y = -x for \p size elements, on that machine. */
gp_bytes write_program(gp_writer *writer, gp_bytes machine, int64_t size);

#ifdef __cplusplus
}
#endif
