/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The frame of a plugin that is written in C: the struct-size rule, and the
 * counts that can be checked before the plugin looks at anything. C11.
 *
 * gp_backend and gp_executable begin with a `const gp_host *`. The functions
 * are those of gp_plugin; they get structs that are understood.
 *
 *     GP_FRAME(create, destroy, describe, check, compile, load, run, unload,
 *              group)
 */
#ifndef GLOWPLUG_GLUE_FRAME_H
#define GLOWPLUG_GLUE_FRAME_H

#include <glowplug/backend.h>
#include <glowplug/glue/struct.h>
#include <glowplug/image.h>

/** The host that a backend or an executable begins with. */
static inline const gp_host *gp_host_of(const void *object) {
  return *(const gp_host *const *)object;
}

/** Copies the struct \p from to \p to, of \p known bytes, by the struct-size
 * rule, or returns a failure. */
static inline gp_status *gp_frame_read(const gp_host *host, void *to,
                                       size_t known, const void *from) {
  const gp_status_code code = gp_struct_read(to, known, from);
  if (code == GP_OK)
    return NULL;
  return host->fail(host, code,
                    code == GP_UNKNOWN_FIELD
                        ? "a struct has a field that is not known"
                        : "a struct has a size that none can have");
}

/** Fails unless \p count is the number of segments that \p image has. */
static inline gp_status *gp_require_segments(const gp_host *host,
                                             gp_bytes image, size_t count) {
  return gp_require_count(
      host, "segments",
      gp_image_program_segments_count(gp_image_root(image.data)), count);
}

/** Fails unless a run has one tensor per input and output of \p body. */
static inline gp_status *gp_require_tensors(const gp_host *host,
                                            gp_image_body body,
                                            const gp_run_args *args) {
  gp_status *status = gp_require_count(
      host, "inputs", gp_image_body_inputs_count(body), args->input_count);
  return status != NULL ? status
                        : gp_require_count(host, "outputs",
                                           gp_image_body_outputs_count(body),
                                           args->output_count);
}

/** Defines gp_plugin_entry() over these functions; \p group may be NULL. */
#define GP_FRAME(create, destroy, describe, check, compile, load, run, unload, \
                 group)                                                        \
  static gp_status *gp_frame_create(const gp_create_args *given,               \
                                    gp_backend **backend) {                    \
    gp_create_args args;                                                       \
    gp_status *status = gp_frame_read(given->host, &args, sizeof args, given); \
    return status != NULL ? status : create(&args, backend);                   \
  }                                                                            \
  static gp_status *gp_frame_describe(gp_backend *backend,                     \
                                      const gp_describe_sink *given) {         \
    gp_describe_sink sink;                                                     \
    gp_status *status =                                                        \
        gp_frame_read(gp_host_of(backend), &sink, sizeof sink, given);         \
    return status != NULL ? status : describe(backend, &sink);                 \
  }                                                                            \
  static gp_status *gp_frame_check(gp_backend *backend,                        \
                                   const gp_check_args *given) {               \
    gp_check_args args;                                                        \
    gp_status *status =                                                        \
        gp_frame_read(gp_host_of(backend), &args, sizeof args, given);         \
    return status != NULL ? status : check(backend, &args);                    \
  }                                                                            \
  static gp_status *gp_frame_compile(gp_backend *backend,                      \
                                     const gp_compile_args *given) {           \
    const gp_host *host = gp_host_of(backend);                                 \
    gp_compile_args args;                                                      \
    gp_compile_sink sink;                                                      \
    gp_status *status = gp_frame_read(host, &args, sizeof args, given);        \
    if (status == NULL)                                                        \
      status = gp_frame_read(host, &sink, sizeof sink, args.sink);             \
    if (status == NULL)                                                        \
      status = gp_require_segments(host, args.image, args.segment_count);      \
    args.sink = &sink;                                                         \
    return status != NULL ? status : compile(backend, &args);                  \
  }                                                                            \
  static gp_status *gp_frame_load(gp_backend *backend,                         \
                                  const gp_load_args *given,                   \
                                  gp_executable **executable) {                \
    gp_load_args args;                                                         \
    gp_status *status =                                                        \
        gp_frame_read(gp_host_of(backend), &args, sizeof args, given);         \
    return status != NULL ? status : load(backend, &args, executable);         \
  }                                                                            \
  static gp_status *gp_frame_run(gp_executable *executable,                    \
                                 const gp_run_args *given) {                   \
    gp_run_args args;                                                          \
    gp_status *status =                                                        \
        gp_frame_read(gp_host_of(executable), &args, sizeof args, given);      \
    return status != NULL ? status : run(executable, &args);                   \
  }                                                                            \
  GP_EXPORT const gp_plugin *gp_plugin_entry(uint32_t major, uint32_t minor) { \
    static const gp_plugin framed = {                                          \
        sizeof framed, GP_ABI_MAJOR,      GP_ABI_MINOR,   gp_frame_create,     \
        destroy,       gp_frame_describe, gp_frame_check, gp_frame_compile,    \
        gp_frame_load, gp_frame_run,      unload,         group};              \
    return major == GP_ABI_MAJOR && minor == GP_ABI_MINOR ? &framed : NULL;    \
  }

#endif /* GLOWPLUG_GLUE_FRAME_H */
