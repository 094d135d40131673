/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The plugin. compile() plans the memory of a program; its blob is that plan
 * and then the image, sealed. load() finds the constants; run() walks the ops.
 */
#include "ops.h"

#include <glowplug/glue/arena.h>
#include <glowplug/glue/check.h>
#include <glowplug/glue/dtype.h>
#include <glowplug/glue/frame.h>
#include <glowplug/glue/liveness.h>
#include <glowplug/glue/seal.h>

#include <stdlib.h>
#include <string.h>

static const char name[] = "int8-example", requirement[] = "int8-example 1";

enum { place_alignment = 64 };

struct gp_backend {
  const gp_host *host;
};

/* The beginning of a blob. An offset per value follows, and at `image` the
 * image. */
typedef struct blob_header {
  uint64_t value_count, image;
} blob_header;

struct gp_executable {
  const gp_host *host;
  gp_image_body body;
  const uint64_t *offsets; /* by value: in the workspace */
  void **places;           /* by value */
};

static gp_status *out_of_memory(const gp_host *host) {
  return host->fail(host, GP_OUT_OF_MEMORY, "out of memory");
}

/* ---- create, describe, check ----------------------------------------------
 */

static gp_status *create(const gp_create_args *args, gp_backend **backend) {
  gp_backend *made;
  if (args->option_count > 0)
    return args->host->fail(args->host, GP_INVALID_ARGUMENT, "has no options");
  made = malloc(sizeof *made);
  if (made == NULL)
    return out_of_memory(args->host);
  made->host = args->host;
  *backend = made;
  return NULL;
}

static void destroy(gp_backend *backend) { free(backend); }

static gp_status *describe(gp_backend *backend, const gp_describe_sink *sink) {
  static const uint32_t ops[] = {
      gp_image_attributes_constant, gp_image_attributes_conv,
      gp_image_attributes_map, gp_image_attributes_mat_mul,
      gp_image_attributes_reshape};
  const gp_backend_info info = {sizeof info,
                                "int8-example",
                                "0.1",
                                "integer arithmetic",
                                GP_IMAGE_CONTAINER_VERSION,
                                GP_IMAGE_OPSET_VERSION};
  size_t i;
  (void)backend;
  sink->info(sink->context, &info);
  for (i = 0; i < sizeof ops / sizeof *ops; ++i) {
    const gp_op_info op = {sizeof op, ops[i], NULL, 1,
                           1u << gp_image_dtype_i8 | 1u << gp_image_dtype_u8 |
                               1u << gp_image_dtype_i16 |
                               1u << gp_image_dtype_u16 |
                               1u << gp_image_dtype_i32};
    sink->op(sink->context, &op);
  }
  return NULL;
}

static gp_status *check(gp_backend *backend, const gp_check_args *args) {
  return gp_check_ops_and_epilogues(backend, args, refusal, epilogue_refusal);
}

/* ---- compile --------------------------------------------------------------
 */

/* The constant that \p op is, if its bytes are in a segment; else NULL in p. */
static gp_image_constant stored_constant(gp_image_op op) {
  gp_image_constant constant = gp_image_op_as_constant(op);
  if (constant.p != NULL && gp_image_constant_segment(constant) < 0)
    constant.p = NULL;
  return constant;
}

/* What each value needs of the workspace: inputs and stored constants, which
 * have memory elsewhere, nothing. */
static void request_places(gp_image_body body, const gp_live_range *ranges,
                           gp_arena_request *requests) {
  size_t i;
  for (i = 0; i < gp_image_body_values_count(body); ++i) {
    const gp_arena_request request = {0, ranges[i].first, ranges[i].last, 0, 0};
    requests[i] = request;
    if (gp_live_range_is_defined(&ranges[i]) && !ranges[i].is_input)
      gp_value_bytes(gp_image_body_values_at(body, i), &requests[i].bytes);
  }
  for (i = 0; i < gp_image_body_ops_count(body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(body, i);
    if (stored_constant(op).p != NULL)
      requests[gp_image_op_results_at(op, 0)].bytes = 0;
  }
}

static gp_status *emit(const gp_compile_args *args,
                       const gp_arena_request *requests, size_t count,
                       uint64_t workspace, const gp_host *host) {
  const uint64_t plan_bytes = sizeof(blob_header) + 8 * (uint64_t)count;
  const blob_header header = {count, gp_align_up(plan_bytes, place_alignment)};
  const size_t size = (size_t)header.image + args->image.size;
  uint8_t *blob = calloc(1, size);
  const gp_compile_result result = {sizeof result, requirement, workspace};
  gp_bytes bytes = {blob, size};
  gp_status *status = NULL;
  size_t i;
  if (blob == NULL)
    return out_of_memory(host);
  memcpy(blob, &header, sizeof header);
  for (i = 0; i < count; ++i)
    memcpy(blob + sizeof header + 8 * i, &requests[i].offset, 8);
  memcpy(blob + header.image, args->image.data, args->image.size);
  for (i = 0; status == NULL && i < args->segment_count; ++i)
    status = args->sink->keep_segment(args->sink->context, (uint32_t)i);
  if (status == NULL)
    status = gp_emit_sealed(host, args->sink, bytes, name, args->segment_count,
                            &result);
  free(blob);
  return status;
}

static gp_status *compile(gp_backend *backend, const gp_compile_args *args) {
  const gp_host *host = backend->host;
  const gp_image_body body =
      gp_image_program_body(gp_image_root(args->image.data));
  const size_t count = gp_image_body_values_count(body);
  gp_status *status = gp_require_ops_and_epilogues(backend, host, args->image,
                                                   refusal, epilogue_refusal);
  gp_live_range *ranges = calloc(count + 1, sizeof *ranges);
  gp_arena_request *requests = calloc(count + 1, sizeof *requests);
  uint64_t workspace = 0;
  if (status == NULL && (ranges == NULL || requests == NULL))
    status = out_of_memory(host);
  if (status == NULL) {
    gp_compute_liveness(body, ranges);
    request_places(body, ranges, requests);
    status = gp_plan_arena(requests, count, place_alignment, &workspace)
                 ? emit(args, requests, count, workspace, host)
                 : out_of_memory(host);
  }
  free(requests);
  free(ranges);
  return status;
}

/* ---- load, run ------------------------------------------------------------
 */

static gp_status *load(gp_backend *backend, const gp_load_args *args,
                       gp_executable **executable) {
  gp_bytes bytes = {NULL, 0};
  gp_status *status =
      gp_open_sealed(backend->host, args, name, requirement, &bytes);
  const uint8_t *blob = bytes.data;
  blob_header header;
  gp_executable *made;
  size_t i;
  if (status != NULL)
    return status;
  memcpy(&header, blob, sizeof header);
  made = calloc(1, sizeof *made);
  if (made != NULL)
    made->places = calloc((size_t)header.value_count + 1, sizeof(void *));
  if (made == NULL || made->places == NULL) {
    free(made);
    return out_of_memory(backend->host);
  }
  made->host = backend->host;
  made->body = gp_image_program_body(gp_image_root(blob + header.image));
  made->offsets = (const uint64_t *)(const void *)(blob + sizeof header);
  /* Every segment was kept, so they have the numbers of the image. Nothing
   * writes to a constant. */
  for (i = 0; i < gp_image_body_ops_count(made->body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(made->body, i);
    const gp_image_constant constant = stored_constant(op);
    if (constant.p != NULL)
      made->places[gp_image_op_results_at(op, 0)] =
          (uint8_t *)args->segments[gp_image_constant_segment(constant)].data +
          gp_image_constant_offset(constant);
  }
  *executable = made;
  return NULL;
}

static void unload(gp_executable *executable) {
  if (executable != NULL)
    free(executable->places);
  free(executable);
}

/* Writes a constant that the image itself holds. A splat has one element, which
 * fills the tensor. */
static void write_constant(gp_image_body body, gp_image_op op, uint8_t *place) {
  const gp_image_constant constant = gp_image_op_as_constant(op);
  const size_t count = gp_image_constant_data_count(constant);
  uint64_t bytes = 0, i;
  gp_value_bytes(gp_image_body_values_at(body, gp_image_op_results_at(op, 0)),
                 &bytes);
  for (i = 0; i < bytes; ++i)
    place[i] = gp_image_constant_data_at(constant, (size_t)(i % count));
}

static gp_status *run(gp_executable *executable, const gp_run_args *args) {
  const gp_image_body body = executable->body;
  void **places = executable->places;
  gp_status *status = gp_require_tensors(executable->host, body, args);
  size_t i, j;
  if (status != NULL)
    return status;
  for (i = 0; i < args->input_count; ++i)
    places[gp_image_body_inputs_at(body, i)] = (void *)args->inputs[i].data;
  for (i = 0; i < gp_image_body_ops_count(body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(body, i);
    if (stored_constant(op).p != NULL)
      continue;
    for (j = 0; j < gp_image_op_results_count(op); ++j) {
      const uint32_t value = gp_image_op_results_at(op, j);
      /* Without bytes there may be no workspace, and no address in it. */
      places[value] = args->workspace == NULL ? NULL
                                              : (uint8_t *)args->workspace +
                                                    executable->offsets[value];
    }
    if (gp_image_op_attributes_type(op) == gp_image_attributes_constant)
      write_constant(body, op, places[gp_image_op_results_at(op, 0)]);
    else
      run_op(body, op, places);
  }
  for (i = 0; i < args->output_count; ++i) {
    const uint32_t value = gp_image_body_outputs_at(body, i);
    uint64_t bytes = 0;
    gp_value_bytes(gp_image_body_values_at(body, value), &bytes);
    if (bytes != 0)
      memcpy(args->outputs[i], places[value], (size_t)bytes);
  }
  return NULL;
}

GP_FRAME(create, destroy, describe, check, compile, load, run, unload, NULL)
