/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * check() and the frame of compile() from one predicate, so that the two
 * cannot disagree. C11 and C++.
 */
#ifndef GLOWPLUG_GLUE_CHECK_H
#define GLOWPLUG_GLUE_CHECK_H

#include <glowplug/backend.h>
#include <glowplug/glue/region.h>
#include <glowplug/image.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * Says why a backend cannot take an op of a body, or NULL if it can. The text
 * outlives the call.
 */
typedef const char *(*gp_refusal_fn)(gp_backend *backend, gp_image_body body,
                                     gp_image_op op);

/** Why no op of a program can be taken, NULL if nothing is in the way: it
 * requires a feature. For backends that know none. */
static inline const char *gp_feature_refusal(gp_image_program program) {
  return gp_image_program_required_features_count(program) > 0
             ? "the image requires a feature that is not known"
             : NULL;
}

/**
 * check(): one verdict per op of the program. \p refusal judges an op as if it
 * had no epilogue, and \p epilogue_refusal, which may be NULL, its epilogue:
 * where only that is in the way, the host splits it off and asks again.
 */
static inline gp_status *
gp_check_ops_and_epilogues(gp_backend *backend, const gp_check_args *args,
                           gp_refusal_fn refusal,
                           gp_refusal_fn epilogue_refusal) {
  const gp_image_program program = gp_image_root(args->image.data);
  const gp_image_body body = gp_image_program_body(program);
  uint32_t i;
  for (i = 0; i < gp_image_body_ops_count(body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(body, i);
    gp_verdict verdict = {sizeof verdict, 0, 0, 0, NULL};
    verdict.op_index = i;
    verdict.reason = gp_feature_refusal(program);
    if (verdict.reason == NULL)
      verdict.reason = refusal(backend, body, op);
    if (verdict.reason == NULL && epilogue_refusal != NULL &&
        gp_epilogue(op).p != NULL) {
      verdict.reason = epilogue_refusal(backend, body, op);
      verdict.split_epilogue = verdict.reason != NULL;
    }
    verdict.supported = verdict.reason == NULL;
    args->verdict(args->context, &verdict);
  }
  return NULL;
}

/** check() of a backend that takes an op with its epilogue or not at all. */
static inline gp_status *gp_check_ops(gp_backend *backend,
                                      const gp_check_args *args,
                                      gp_refusal_fn refusal) {
  return gp_check_ops_and_epilogues(backend, args, refusal, NULL);
}

/** For the beginning of compile(): GP_UNSUPPORTED, with the index of the op
 * and the reason, if the program has an op that gp_check_ops_and_epilogues()
 * refuses. Constants are not asked about: they come with the ops that need
 * them, whatever check() said. */
static inline gp_status *
gp_require_ops_and_epilogues(gp_backend *backend, const gp_host *host,
                             gp_bytes image, gp_refusal_fn refusal,
                             gp_refusal_fn epilogue_refusal) {
  const gp_image_program program = gp_image_root(image.data);
  const gp_image_body body = gp_image_program_body(program);
  const char *reason = gp_feature_refusal(program);
  char message[256];
  uint32_t i;
  if (reason != NULL)
    return host->fail(host, GP_UNSUPPORTED, reason);
  for (i = 0; i < gp_image_body_ops_count(body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(body, i);
    if (gp_image_op_as_constant(op).p != NULL)
      continue;
    reason = refusal(backend, body, op);
    if (reason == NULL && epilogue_refusal != NULL && gp_epilogue(op).p != NULL)
      reason = epilogue_refusal(backend, body, op);
    if (reason == NULL)
      continue;
    snprintf(message, sizeof message, "op %u: %s", (unsigned)i, reason);
    return host->fail(host, GP_UNSUPPORTED, message);
  }
  return NULL;
}

/** The same for gp_check_ops(). */
static inline gp_status *gp_require_ops(gp_backend *backend,
                                        const gp_host *host, gp_bytes image,
                                        gp_refusal_fn refusal) {
  return gp_require_ops_and_epilogues(backend, host, image, refusal, NULL);
}

/** For the end of compile(): a program that is one blob and nothing else. */
static inline gp_status *gp_emit_program(const gp_compile_sink *sink,
                                         gp_bytes blob, const char *requirement,
                                         uint64_t workspace_bytes) {
  gp_compile_result result = {sizeof result, NULL, 0};
  gp_status *status = sink->blob(sink->context, blob);
  if (status != NULL)
    return status;
  result.requirement = requirement;
  result.workspace_bytes = workspace_bytes;
  return sink->result(sink->context, &result);
}

#endif /* GLOWPLUG_GLUE_CHECK_H */
