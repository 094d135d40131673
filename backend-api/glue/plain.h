/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The objects of a plugin that has no options and no state: a backend is its
 * host, and an executable a sealed blob. C11.
 */
#ifndef GLOWPLUG_GLUE_PLAIN_H
#define GLOWPLUG_GLUE_PLAIN_H

#include <glowplug/backend.h>
#include <glowplug/glue/seal.h>

#include <stdlib.h>

struct gp_backend {
  const gp_host *host;
};

struct gp_executable {
  const gp_host *host;
  gp_bytes blob; /**< As gp_emit_sealed() was given it. */
};

/** create() without options. */
static inline gp_status *gp_plain_create(const gp_create_args *args,
                                         gp_backend **backend) {
  gp_backend *made;
  if (args->option_count > 0)
    return args->host->fail(args->host, GP_INVALID_ARGUMENT, "has no options");
  made = (gp_backend *)malloc(sizeof *made);
  if (made == NULL)
    return args->host->fail(args->host, GP_OUT_OF_MEMORY, "out of memory");
  made->host = args->host;
  *backend = made;
  return NULL;
}

static inline void gp_plain_destroy(gp_backend *backend) { free(backend); }

/** load() of what gp_emit_sealed() gave under these names. */
static inline gp_status *
gp_plain_load(gp_backend *backend, const gp_load_args *args, const char *plugin,
              const char *requirement, gp_executable **executable) {
  const gp_host *host = backend->host;
  gp_bytes blob = {NULL, 0};
  gp_status *status = gp_open_sealed(host, args, plugin, requirement, &blob);
  gp_executable *made;
  if (status != NULL)
    return status;
  made = (gp_executable *)malloc(sizeof *made);
  if (made == NULL)
    return host->fail(host, GP_OUT_OF_MEMORY, "out of memory");
  made->host = host;
  made->blob = blob;
  *executable = made;
  return NULL;
}

static inline void gp_plain_unload(gp_executable *executable) {
  free(executable);
}

#endif /* GLOWPLUG_GLUE_PLAIN_H */
