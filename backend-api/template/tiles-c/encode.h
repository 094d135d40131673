/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From a verified instr program to a blob of commands. */
#ifndef ENCODE_H
#define ENCODE_H

#include "list.h"

#include <glowplug/backend.h>

/* Appends the blob to a list of bytes. Answers why it cannot, which is for what
 * no schedule of this backend has and the machine description does not rule
 * out, or NULL. The list says if memory ran out. */
const char *encode_program(gp_bytes program, list *blob);

#endif
