/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The plugin: what it takes, and how the parts are called. */
#include "device.h"
#include "encode.h"
#include "schedule.h"

#include <glowplug/glue/check.h>
#include <glowplug/glue/frame.h>
#include <glowplug/glue/region.h>
#include <glowplug/glue/seal.h>
#include <glowplug/instr.h>

#include <stdlib.h>
#include <string.h>

static const char name[] = "tiles-example", requirement[] = "tiles 1";

struct gp_backend {
  const gp_host *host;
};

struct gp_executable {
  const gp_host *host;
  blob blob;
  uint8_t *memories[space_count];
};

/* ---- What it takes --------------------------------------------------------
 */

static const char *value_refusal(gp_image_body body, uint32_t index) {
  const gp_image_value value = gp_image_body_values_at(body, index);
  if (gp_image_value_dtype(value) != gp_image_dtype_f32 ||
      gp_image_value_shape_count(value) != 2)
    return "only matrices of f32 are supported";
  if (gp_image_value_shape_at(value, 0) == 0 ||
      gp_image_value_shape_at(value, 1) == 0)
    return "empty tensors are not supported";
  return NULL;
}

static const char *region_refusal(gp_image_region region) {
  size_t i;
  if (!gp_region_is_all(region, gp_image_dtype_f32, most_scalars))
    return "only regions of at most 32 f32 scalars are supported";
  if (gp_image_region_parameters_count(region) == 0 ||
      gp_image_region_parameters_count(region) > most_operands)
    return "only regions of 1 to 4 operands are supported";
  for (i = 0; i < gp_image_region_instructions_count(region); ++i)
    if (!has_scalar_op((int)gp_region_op(region, i)))
      return "only constant, add, sub, mul, min and max are supported";
  return NULL;
}

/* Why an op cannot run here, whatever its epilogue is; NULL when it can. */
static const char *refusal(gp_backend *backend, gp_image_body body,
                           gp_image_op op) {
  const enum gp_image_attributes kind = gp_image_op_attributes_type(op);
  const int has_epilogue = gp_epilogue(op).p != NULL;
  const char *reason = NULL;
  size_t i;
  (void)backend;
  if (gp_image_op_version(op) != 1 || gp_image_op_results_count(op) != 1)
    return "only ops of version 1 with one result are supported";
  if (kind != gp_image_attributes_constant &&
      kind != gp_image_attributes_mat_mul && kind != gp_image_attributes_map)
    return "only constant, matmul and map are supported";
  /* An epilogue makes the result, and has the operands from the third on. */
  if (!has_epilogue)
    reason = value_refusal(body, gp_image_op_results_at(op, 0));
  for (i = 0; reason == NULL && i < gp_image_op_operands_count(op) &&
              !(has_epilogue && i == 2);
       ++i)
    reason = value_refusal(body, gp_image_op_operands_at(op, i));
  return reason == NULL && kind == gp_image_attributes_map
             ? region_refusal(gp_image_map_region(gp_image_op_as_map(op)))
             : reason;
}

static const char *epilogue_refusal(gp_backend *backend, gp_image_body body,
                                    gp_image_op op) {
  const char *reason = value_refusal(body, gp_image_op_results_at(op, 0));
  size_t i;
  (void)backend;
  for (i = 2; reason == NULL && i < gp_image_op_operands_count(op); ++i)
    reason = value_refusal(body, gp_image_op_operands_at(op, i));
  return reason != NULL ? reason : region_refusal(gp_epilogue(op));
}

/* ---- create, describe, check ----------------------------------------------
 */

static gp_status *create(const gp_create_args *args, gp_backend **backend) {
  const gp_host *host = args->host;
  gp_backend *made;
  if (args->option_count > 0)
    return host->fail(host, GP_INVALID_ARGUMENT, "has no options");
  made = malloc(sizeof *made);
  if (made == NULL)
    return host->fail(host, GP_OUT_OF_MEMORY, "out of memory");
  made->host = host;
  *backend = made;
  return NULL;
}

static void destroy(gp_backend *backend) { free(backend); }

static gp_status *describe(gp_backend *backend, const gp_describe_sink *sink) {
  static const uint32_t ops[] = {gp_image_attributes_constant,
                                 gp_image_attributes_mat_mul,
                                 gp_image_attributes_map};
  const gp_backend_info info = {sizeof info,
                                "tiles-example",
                                "0.1",
                                "functional device",
                                GP_IMAGE_CONTAINER_VERSION,
                                GP_IMAGE_OPSET_VERSION};
  size_t i;
  (void)backend;
  sink->info(sink->context, &info);
  for (i = 0; i < sizeof ops / sizeof *ops; ++i) {
    const gp_op_info op = {sizeof op, ops[i], NULL, 1,
                           1u << gp_image_dtype_f32};
    sink->op(sink->context, &op);
  }
  return NULL;
}

static gp_status *check(gp_backend *backend, const gp_check_args *args) {
  return gp_check_ops_and_epilogues(backend, args, refusal, epilogue_refusal);
}

/* ---- schedule, encode, compile --------------------------------------------
 */

static gp_status *machine(gp_backend *backend, const gp_bytes_sink *given) {
  const gp_host *host = backend->host;
  gp_bytes_sink sink;
  gp_status *status = gp_frame_read(host, &sink, sizeof sink, given);
  gp_writer writer = {NULL, 0, 0, NULL, 0, 0};
  gp_bytes bytes;
  if (status != NULL)
    return status;
  bytes = describe_machine(&writer);
  status = bytes.data == NULL
               ? host->fail(host, GP_OUT_OF_MEMORY, "out of memory")
               : sink.bytes(sink.context, bytes);
  gp_writer_free(&writer);
  return status;
}

/* Passes on the segments of a schedule. */
static gp_status *emit_segments(const schedule *s,
                                gp_status *(*segment)(void *, gp_bytes),
                                void *context) {
  gp_status *status = NULL;
  size_t i;
  for (i = 0; status == NULL && i < s->making.segments.count; ++i)
    status = segment(context, LIST_AT(gp_bytes, &s->making.segments, i));
  return status;
}

static gp_status *emit_blob(const gp_host *host, gp_bytes program,
                            size_t segments, const gp_compile_sink *sink) {
  const gp_compile_result result = {sizeof result, requirement, 0};
  list blob = {NULL, 0, 1, 0};
  const char *problem = encode_program(program, &blob);
  gp_status *status;
  if (problem != NULL) {
    status = host->fail(host, GP_UNSUPPORTED, problem);
  } else if (blob.failed) {
    status = host->fail(host, GP_OUT_OF_MEMORY, "out of memory");
  } else {
    const gp_bytes bytes = {blob.items, blob.count};
    status = gp_emit_sealed(host, sink, bytes, name, segments, &result);
  }
  list_free(&blob);
  return status;
}

static gp_status *schedule_group(gp_backend *backend,
                                 const gp_schedule_args *given) {
  const gp_host *host = backend->host;
  gp_schedule_args args;
  gp_bytes_sink sink;
  gp_status *status = gp_frame_read(host, &args, sizeof args, given);
  const char *problem;
  schedule s;
  if (status == NULL)
    status = gp_frame_read(host, &sink, sizeof sink, args.program);
  if (status == NULL)
    status = gp_require_segments(host, args.image, args.segment_count);
  if (status != NULL)
    return status;
  problem = schedule_image(&s, args.image, args.segments);
  status = problem != NULL ? host->fail(host, GP_OUT_OF_MEMORY, problem)
                           : emit_segments(&s, args.segment, args.context);
  if (status == NULL)
    status = sink.bytes(sink.context, s.program);
  schedule_free(&s);
  return status;
}

static gp_status *encode(gp_backend *backend, const gp_encode_args *given) {
  const gp_host *host = backend->host;
  gp_encode_args args;
  gp_compile_sink sink;
  gp_status *status = gp_frame_read(host, &args, sizeof args, given);
  size_t i;
  if (status == NULL)
    status = gp_frame_read(host, &sink, sizeof sink, args.sink);
  if (status == NULL)
    status = gp_require_count(
        host, "segments",
        gp_instr_program_segment_bytes_count(gp_instr_root(args.program.data)),
        args.segment_count);
  if (status != NULL)
    return status;
  for (i = 0; status == NULL && i < args.segment_count; ++i)
    status = sink.keep_segment(sink.context, (uint32_t)i);
  return status != NULL
             ? status
             : emit_blob(host, args.program, args.segment_count, &sink);
}

/* For hosts that ask for no group: both steps at once. */
static gp_status *compile(gp_backend *backend, const gp_compile_args *args) {
  const gp_host *host = backend->host;
  gp_status *status = gp_require_ops_and_epilogues(backend, host, args->image,
                                                   refusal, epilogue_refusal);
  const char *problem;
  schedule s;
  if (status != NULL)
    return status;
  problem = schedule_image(&s, args->image, args->segments);
  status = problem != NULL
               ? host->fail(host, GP_OUT_OF_MEMORY, problem)
               : emit_segments(&s, args->sink->segment, args->sink->context);
  if (status == NULL)
    status = emit_blob(host, s.program, s.making.segments.count, args->sink);
  schedule_free(&s);
  return status;
}

/* ---- load, run ------------------------------------------------------------
 */

static void unload(gp_executable *executable) {
  size_t i;
  for (i = 0; executable != NULL && i < space_count; ++i)
    free(executable->memories[i]);
  free(executable);
}

static gp_status *load(gp_backend *backend, const gp_load_args *args,
                       gp_executable **executable) {
  const gp_host *host = backend->host;
  gp_bytes bytes = {NULL, 0};
  gp_status *status = gp_open_sealed(host, args, name, requirement, &bytes);
  gp_executable *made;
  blob b;
  size_t i;
  if (status != NULL)
    return status;
  if (!blob_read(bytes, &b))
    return host->fail(host, GP_INCOMPATIBLE,
                      "needs a blob of this version of the backend");
  made = calloc(1, sizeof *made);
  if (made != NULL) {
    made->host = host;
    made->blob = b;
    made->memories[dram] = calloc(1, (size_t)b.header->dram_bytes + 1);
    made->memories[scratchpad] = calloc(1, (size_t)space_bytes(scratchpad));
  }
  if (made == NULL || made->memories[dram] == NULL ||
      made->memories[scratchpad] == NULL) {
    unload(made);
    return host->fail(host, GP_OUT_OF_MEMORY, "out of memory");
  }
  for (i = 0; i < b.header->constants; ++i) {
    const bound *c = &b.constants[i];
    memcpy(made->memories[dram] + c->address,
           (const uint8_t *)args->segments[c->segment].data + c->offset,
           (size_t)c->bytes);
  }
  *executable = made;
  return NULL;
}

static gp_status *run(gp_executable *executable, const gp_run_args *args) {
  const blob *b = &executable->blob;
  uint8_t *memory = executable->memories[dram];
  const gp_host *host = executable->host;
  size_t i;
  gp_status *status =
      gp_require_count(host, "inputs", b->header->inputs, args->input_count);
  if (status == NULL)
    status = gp_require_count(host, "outputs", b->header->outputs,
                              args->output_count);
  if (status != NULL)
    return status;
  for (i = 0; i < args->input_count; ++i)
    memcpy(memory + b->inputs[i].address, args->inputs[i].data,
           args->inputs[i].size);
  for (i = 0; i < b->header->commands; ++i)
    execute(executable->memories, &b->commands[i], b->micro_ops);
  for (i = 0; i < args->output_count; ++i)
    memcpy(args->outputs[i], memory + b->outputs[i].address,
           (size_t)b->outputs[i].bytes);
  return NULL;
}

static const void *group(const char *id, uint32_t version) {
  static const gp_instr_group instr = {sizeof instr, machine, encode};
  static const gp_schedule_group scheduler = {sizeof scheduler, schedule_group};
  if (strcmp(id, GP_GROUP_INSTR) == 0 && version == GP_GROUP_INSTR_VERSION)
    return &instr;
  if (strcmp(id, GP_GROUP_SCHEDULE) == 0 &&
      version == GP_GROUP_SCHEDULE_VERSION)
    return &scheduler;
  return NULL;
}

GP_FRAME(create, destroy, describe, check, compile, load, run, unload, group)
