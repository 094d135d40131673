/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * A seal before a blob: 64 bytes by which load() tells that the blob is whole,
 * and one of this plugin. C11 and C++.
 */
#ifndef GLOWPLUG_GLUE_SEAL_H
#define GLOWPLUG_GLUE_SEAL_H

#include <glowplug/backend.h>
#include <glowplug/glue/sha256.h>
#include <glowplug/glue/struct.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** What stands before a sealed blob. 64 bytes, so that the rest is aligned as
 * the blob is. Numbers are as the machine has them. */
typedef struct gp_seal {
  char plugin[16];    /**< Who made it; the rest is zero. */
  uint64_t bytes;     /**< Of the blob after this. */
  uint64_t segments;  /**< How many load() is given. */
  uint8_t sha256[32]; /**< Of the blob after this. */
} gp_seal;

/** The seal of \p blob; \p plugin is cut to 16 bytes. */
static inline gp_seal gp_seal_of(gp_bytes blob, const char *plugin,
                                 uint64_t segments) {
  gp_seal seal;
  size_t i;
  memset(&seal, 0, sizeof seal);
  for (i = 0; i < sizeof seal.plugin && plugin[i] != 0; ++i)
    seal.plugin[i] = plugin[i];
  seal.bytes = blob.size;
  seal.segments = segments;
  gp_sha256(blob.data, blob.size, seal.sha256);
  return seal;
}

/**
 * For the end of compile(): gives \p blob with its seal to the sink, and then
 * the result. \p segments is how many were given and kept before.
 */
static inline gp_status *gp_emit_sealed(const gp_host *host,
                                        const gp_compile_sink *sink,
                                        gp_bytes blob, const char *plugin,
                                        uint64_t segments,
                                        const gp_compile_result *result) {
  const gp_seal seal = gp_seal_of(blob, plugin, segments);
  gp_bytes sealed = {NULL, sizeof seal + blob.size};
  char *bytes = (char *)malloc(sealed.size);
  gp_status *status;
  if (bytes == NULL)
    return host->fail(host, GP_OUT_OF_MEMORY, "no memory for the blob");
  memcpy(bytes, &seal, sizeof seal);
  if (blob.size != 0)
    memcpy(bytes + sizeof seal, blob.data, blob.size);
  sealed.data = bytes;
  status = sink->blob(sink->context, sealed);
  free(bytes);
  return status != NULL ? status : sink->result(sink->context, result);
}

/**
 * For the beginning of load(): sets \p blob to what gp_emit_sealed() was given,
 * inside of the blob of \p args, or returns a failure if the requirement is not
 * \p requirement, the seal is not whole, or segments are missing.
 */
static inline gp_status *
gp_open_sealed(const gp_host *host, const gp_load_args *args,
               const char *plugin, const char *requirement, gp_bytes *blob) {
  gp_seal given, seal;
  gp_bytes rest = {NULL, 0};
  if (strcmp(args->requirement, requirement) != 0)
    return host->fail(host, GP_INCOMPATIBLE,
                      "the requirement is not that of this device");
  if (args->blob.size < sizeof given)
    return host->fail(host, GP_INCOMPATIBLE, "the blob has no seal");
  memcpy(&given, args->blob.data, sizeof given);
  rest.data = (const char *)args->blob.data + sizeof given;
  rest.size = args->blob.size - sizeof given;
  seal = gp_seal_of(rest, plugin, given.segments);
  if (memcmp(&seal, &given, sizeof seal) != 0)
    return host->fail(host, GP_INCOMPATIBLE,
                      "the blob is damaged, or of another plugin");
  *blob = rest;
  return gp_require_count(host, "segments", given.segments,
                          args->segment_count);
}

#endif /* GLOWPLUG_GLUE_SEAL_H */
