/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The struct-size rule of the ABI, for either side of it. C11 and C++.
 *
 * A struct that crosses begins with struct_size, the sizeof its writer was
 * compiled with. A reader that was compiled with another sizeof must neither
 * read past the writer's end nor ignore a field it has never heard of.
 */
#ifndef GLOWPLUG_GLUE_STRUCT_H
#define GLOWPLUG_GLUE_STRUCT_H

#include <glowplug/backend.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/** No struct of the ABI will be larger; a greater size is taken for garbage. */
#define GP_STRUCT_SIZE_MAX 4096u

/**
 * Copies the struct at \p from, of the size it states, to \p to, which the
 * reader knows to have \p known bytes. What the writer did not have reads as
 * zero; the copy's struct_size becomes \p known.
 *
 * \retval GP_UNKNOWN_FIELD    the writer set something past \p known
 * \retval GP_INVALID_ARGUMENT \p from is NULL or its size is impossible
 */
static inline gp_status_code gp_struct_read(void *to, size_t known,
                                            const void *from) {
  const char *bytes;
  size_t given, i;
  if (from == NULL)
    return GP_INVALID_ARGUMENT;
  memcpy(&given, from, sizeof given);
  if (given < sizeof given || given > GP_STRUCT_SIZE_MAX)
    return GP_INVALID_ARGUMENT;
  bytes = (const char *)from;
  for (i = known; i < given; ++i)
    if (bytes[i] != 0)
      return GP_UNKNOWN_FIELD;
  memset(to, 0, known);
  memcpy(to, from, given < known ? given : known);
  memcpy(to, &known, sizeof known);
  return GP_OK;
}

/** gp_struct_read() into the struct variable that \p copy points to. */
#define GP_STRUCT_READ(copy, from) gp_struct_read((copy), sizeof *(copy), from)

/**
 * NULL if \p given is \p needed, else a failure of the host: "needs 2 segments,
 * but got 3". \p what is "segments".
 */
static inline gp_status *gp_require_count(const gp_host *host, const char *what,
                                          uint64_t needed, uint64_t given) {
  char message[128];
  if (given == needed)
    return NULL;
  snprintf(message, sizeof message, "needs %llu %s, but got %llu",
           (unsigned long long)needed, what, (unsigned long long)given);
  return host->fail(host, GP_INVALID_ARGUMENT, message);
}

/** Whether the writer of \p s had \p field at all (it may still be zero). */
#define GP_STRUCT_HAS(type, s, field)                                          \
  ((s)->struct_size >= offsetof(type, field) + sizeof((s)->field))

#endif /* GLOWPLUG_GLUE_STRUCT_H */
