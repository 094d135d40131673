// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A whole backend: element-wise f32 arithmetic. Its blob is the sealed image.
#include <glowplug/glue/check.h>
#include <glowplug/glue/frame.h>
#include <glowplug/glue/layout.h>
#include <glowplug/glue/plain.h>
#include <glowplug/glue/region.h>
// Why an op cannot run here; NULL when it can.
static const char *refusal(gp_backend *b, gp_image_body body, gp_image_op op) {
  (void)b, (void)body;
  const gp_image_region region = gp_image_map_region(gp_image_op_as_map(op));
  if (region.p == NULL || gp_image_op_version(op) != 1 ||
      !gp_region_is_all(region, gp_image_dtype_f32, 64))
    return "only map of version 1 with at most 64 f32 scalars is supported";
  for (size_t i = 0; i < gp_image_region_instructions_count(region); ++i) {
    const enum gp_image_scalar_op k = gp_region_op(region, i);
    if (k != gp_image_scalar_op_constant && k != gp_image_scalar_op_max &&
        (k < gp_image_scalar_op_add || k > gp_image_scalar_op_mul))
      return "only constant, add, sub, mul and max are supported";
  }
  return NULL;
}

static void run_map(gp_image_body body, gp_image_op op, void *memory) {
  const gp_image_region region = gp_image_map_region(gp_image_op_as_map(op));
  const uint32_t first = gp_image_op_results_at(op, 0);
  for (uint64_t e = 0; e < gp_elements(body, first); ++e) {
    float v[64] = {0};
    size_t n = 0;
    for (; n < gp_image_op_operands_count(op); ++n) {
      const uint32_t x = gp_image_op_operands_at(op, n);
      const float *data = gp_value_place(body, x, memory);
      v[n] = data[gp_broadcast_element(body, x, first, e)];
    }
    for (size_t i = 0; i < gp_image_region_instructions_count(region); ++i) {
      const gp_image_instruction s = gp_image_region_instructions_at(region, i);
      const enum gp_image_scalar_op k = gp_image_instruction_op(s);
      const float a = v[gp_image_instruction_operands_at(s, 0)];
      const float b = v[gp_image_instruction_operands_at(s, 1)];
      v[n++] = k == gp_image_scalar_op_constant ? gp_instruction_f32(s)
               : k == gp_image_scalar_op_add    ? a + b
               : k == gp_image_scalar_op_sub    ? a - b
               : k == gp_image_scalar_op_mul    ? a * b
                                                : (a > b || a != a ? a : b);
    }
    for (size_t i = 0; i < gp_image_op_results_count(op); ++i)
      ((float *)gp_value_place(body, gp_image_op_results_at(op, i),
                               memory))[e] =
          v[gp_image_region_results_at(region, i)];
  }
}

// The functions, as far as they are its own.
static gp_status *describe(gp_backend *backend, const gp_describe_sink *sink) {
  (void)backend;
  const gp_backend_info info = {
      sizeof info,           "hello", "0.1", "host", GP_IMAGE_CONTAINER_VERSION,
      GP_IMAGE_OPSET_VERSION};
  const gp_op_info map = {sizeof map, gp_image_attributes_map, NULL, 1,
                          1u << gp_image_dtype_f32};
  sink->info(sink->context, &info);
  sink->op(sink->context, &map);
  return NULL;
}
static gp_status *check(gp_backend *backend, const gp_check_args *args) {
  return gp_check_ops(backend, args, refusal);
}
static gp_status *compile(gp_backend *b, const gp_compile_args *args) {
  gp_status *status = gp_require_ops(b, b->host, args->image, refusal);
  const gp_compile_result result = {sizeof result, "hello 1",
                                    gp_workspace_bytes(args->image)};
  return status ? status
                : gp_emit_sealed(b->host, args->sink, args->image, "hello", 0,
                                 &result);
}
static gp_status *load(gp_backend *backend, const gp_load_args *args,
                       gp_executable **executable) {
  return gp_plain_load(backend, args, "hello", "hello 1", executable);
}
static gp_status *run(gp_executable *e, const gp_run_args *args) {
  const gp_image_body body = gp_image_program_body(gp_image_root(e->blob.data));
  gp_status *status = gp_require_tensors(e->host, body, args);
  if (status != NULL)
    return status;
  gp_copy_inputs(body, args);
  for (size_t i = 0; i < gp_image_body_ops_count(body); ++i)
    run_map(body, gp_image_body_ops_at(body, i), args->workspace);
  gp_copy_outputs(body, args);
  return NULL;
}
GP_FRAME(gp_plain_create, gp_plain_destroy, describe, check, compile, load, run,
         gp_plain_unload, NULL)
