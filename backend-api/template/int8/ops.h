/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The operations of the accelerator. */
#ifndef OPS_H
#define OPS_H

#include "region.h"

#include <glowplug/backend.h>

/* Why an op cannot run here, whatever its epilogue is; NULL when it can. */
const char *refusal(gp_backend *backend, gp_image_body body, gp_image_op op);
/* Why its epilogue cannot. The host then splits it off and asks again. */
const char *epilogue_refusal(gp_backend *backend, gp_image_body body,
                             gp_image_op op);

/* Runs one op, but not a constant. `places` has the memory of each value. */
void run_op(gp_image_body body, gp_image_op op, void *const *places);

#endif
