/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From a prim image to an instr program: tiles, transfers, and their order. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "program.h"

typedef struct schedule {
  gp_bytes program;
  /* The rest holds the memory. */
  struct program making;
  list owned; /* of void *: constants that the image itself holds */
} schedule;

/* Schedules an image, all of whose ops check() takes. The segments, which have
 * to outlive the schedule, are those of the image. Answers why it cannot, or
 * NULL. schedule_free() frees the schedule in either case. */
const char *schedule_image(schedule *s, gp_bytes image,
                           const gp_bytes *segments);
void schedule_free(schedule *s);

#endif
