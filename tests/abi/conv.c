// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A backend for 2-D convolutions of 8-bit integers, written as its first author
// may do it: no epilogues, weights that are constant, and a no to everything
// else, also to the constants themselves. With WRONG_GROUPS, every group but
// the first reads the channels of its neighbour.

#include <glowplug/glue/check.h>
#include <glowplug/glue/layout.h>

#include <stdlib.h>

struct gp_executable {
  gp_image_body body;
  const gp_bytes *segments;
};

// The constant that makes a value; p is NULL if none does.
static gp_image_constant constant_of(gp_image_body body, uint32_t value) {
  const gp_image_constant none = {NULL};
  size_t i;
  for (i = 0; i < gp_image_body_ops_count(body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(body, i);
    if (gp_image_op_as_constant(op).p != NULL &&
        gp_image_op_results_at(op, 0) == value)
      return gp_image_op_as_constant(op);
  }
  return none;
}

static int is_8_bit(gp_image_body body, uint32_t value) {
  const enum gp_image_dtype type =
      gp_image_value_dtype(gp_image_body_values_at(body, value));
  return type == gp_image_dtype_i8 || type == gp_image_dtype_u8;
}

static const char *refusal(gp_backend *backend, gp_image_body body,
                           gp_image_op op) {
  const gp_image_conv conv = gp_image_op_as_conv(op);
  (void)backend;
  if (conv.p == NULL || gp_image_op_version(op) != 1)
    return "only conv of version 1 is supported";
  if (gp_image_conv_strides_count(conv) != 2)
    return "only two spatial dims are supported";
  if (!is_8_bit(body, gp_image_op_operands_at(op, 0)) ||
      !is_8_bit(body, gp_image_op_operands_at(op, 1)))
    return "only 8-bit integers are supported";
  if (constant_of(body, gp_image_op_operands_at(op, 1)).p == NULL)
    return "weights have to be constant";
  return NULL;
}

static const char *epilogue_refusal(gp_backend *backend, gp_image_body body,
                                    gp_image_op op) {
  (void)backend;
  (void)body;
  (void)op;
  return "epilogues are not supported";
}

// Element number `index` of an 8-bit value.
static int32_t element(gp_image_body body, uint32_t value, const void *data,
                       int64_t index) {
  return gp_image_value_dtype(gp_image_body_values_at(body, value)) ==
                 gp_image_dtype_i8
             ? ((const int8_t *)data)[index]
             : ((const uint8_t *)data)[index];
}

static int64_t dim(gp_image_body body, uint32_t value, size_t at) {
  return gp_image_value_shape_at(gp_image_body_values_at(body, value), at);
}

// One convolution: its operands and its bytes.
struct job {
  gp_image_body body;
  gp_image_conv conv;
  uint32_t input, weights, result;
  const void *data, *kernel;
  int is_splat;
};

static int32_t zero_point(size_t count, int32_t (*at)(gp_image_conv, size_t),
                          gp_image_conv conv, int64_t channel) {
  return count == 0 ? 0 : at(conv, count == 1 ? 0 : (size_t)channel);
}

static int32_t sum_at(const struct job *job, const int64_t at[4]) {
  const gp_image_conv conv = job->conv;
  const int64_t groups = gp_image_conv_groups(conv);
  const int64_t depth = dim(job->body, job->weights, 1);
  const int64_t channels = dim(job->body, job->input, 1);
  const int64_t size[2] = {dim(job->body, job->input, 2),
                           dim(job->body, job->input, 3)};
  const int64_t kernel[2] = {dim(job->body, job->weights, 2),
                             dim(job->body, job->weights, 3)};
  int64_t group = at[1] / (dim(job->body, job->result, 1) / groups);
  const int32_t input_zp = zero_point(gp_image_conv_lhs_zp_count(conv),
                                      gp_image_conv_lhs_zp_at, conv, 0);
  const int32_t weight_zp = zero_point(gp_image_conv_rhs_zp_count(conv),
                                       gp_image_conv_rhs_zp_at, conv, at[1]);
  uint32_t sum = 0; // sums wrap
  int64_t c, y, x;
#ifdef WRONG_GROUPS
  group -= group > 0;
#endif
  for (c = 0; c < depth; ++c)
    for (y = 0; y < kernel[0]; ++y)
      for (x = 0; x < kernel[1]; ++x) {
        const int64_t row = at[2] * gp_image_conv_strides_at(conv, 0) +
                            y * gp_image_conv_dilations_at(conv, 0) -
                            gp_image_conv_pads_low_at(conv, 0);
        const int64_t column = at[3] * gp_image_conv_strides_at(conv, 1) +
                               x * gp_image_conv_dilations_at(conv, 1) -
                               gp_image_conv_pads_low_at(conv, 1);
        const int64_t from =
            ((at[0] * channels + group * depth + c) * size[0] + row) * size[1] +
            column;
        const int64_t weight =
            ((at[1] * depth + c) * kernel[0] + y) * kernel[1] + x;
        if (row < 0 || row >= size[0] || column < 0 || column >= size[1])
          continue;
        sum += (uint32_t)((element(job->body, job->input, job->data, from) -
                           input_zp) *
                          (element(job->body, job->weights, job->kernel,
                                   job->is_splat ? 0 : weight) -
                           weight_zp));
      }
  return (int32_t)sum;
}

static void run_conv(gp_executable *executable, gp_image_op op,
                     void *workspace) {
  const gp_image_body body = executable->body;
  struct job job = {body, gp_image_op_as_conv(op), 0, 0, 0, NULL, NULL, 0};
  gp_image_constant constant;
  int32_t *result;
  int64_t at[4];
  job.input = gp_image_op_operands_at(op, 0);
  job.weights = gp_image_op_operands_at(op, 1);
  job.result = gp_image_op_results_at(op, 0);
  job.data = gp_value_place(body, job.input, workspace);
  constant = constant_of(body, job.weights);
  job.is_splat = gp_image_constant_splat(constant);
  job.kernel = gp_image_constant_data_data(constant);
  if (gp_image_constant_segment(constant) >= 0)
    job.kernel =
        (const char *)executable->segments[gp_image_constant_segment(constant)]
            .data +
        gp_image_constant_offset(constant);
  result = (int32_t *)gp_value_place(body, job.result, workspace);
  for (at[0] = 0; at[0] < dim(body, job.result, 0); ++at[0])
    for (at[1] = 0; at[1] < dim(body, job.result, 1); ++at[1])
      for (at[2] = 0; at[2] < dim(body, job.result, 2); ++at[2])
        for (at[3] = 0; at[3] < dim(body, job.result, 3); ++at[3])
          *result++ = sum_at(&job, at);
}

static gp_status *create(const gp_create_args *args, gp_backend **backend) {
  *backend = (gp_backend *)args->host; // there is no state
  return NULL;
}
static void destroy(gp_backend *backend) { (void)backend; }
static gp_status *describe(gp_backend *backend, const gp_describe_sink *sink) {
  const gp_backend_info info = {
      sizeof info,           "conv", "1", "host", GP_IMAGE_CONTAINER_VERSION,
      GP_IMAGE_OPSET_VERSION};
  const gp_op_info op = {sizeof op, gp_image_attributes_conv, NULL, 1,
                         1u << gp_image_dtype_i32};
  (void)backend;
  sink->info(sink->context, &info);
  sink->op(sink->context, &op);
  return NULL;
}
static gp_status *check(gp_backend *backend, const gp_check_args *args) {
  return gp_check_ops_and_epilogues(backend, args, refusal, epilogue_refusal);
}
static gp_status *compile(gp_backend *backend, const gp_compile_args *args) {
  const gp_host *host = (const gp_host *)backend;
  uint32_t i;
  gp_status *failure = gp_require_ops_and_epilogues(backend, host, args->image,
                                                    refusal, epilogue_refusal);
  for (i = 0; failure == NULL && i < args->segment_count; ++i)
    failure = args->sink->keep_segment(args->sink->context, i);
  return failure ? failure
                 : gp_emit_program(args->sink, args->image, "",
                                   gp_workspace_bytes(args->image));
}
static gp_status *load(gp_backend *backend, const gp_load_args *args,
                       gp_executable **executable) {
  gp_bytes *segments;
  const gp_host *host = (const gp_host *)backend;
  *executable = (gp_executable *)malloc(sizeof **executable +
                                        args->segment_count * sizeof *segments);
  if (*executable == NULL)
    return host->fail(host, GP_OUT_OF_MEMORY, "an executable");
  segments = (gp_bytes *)(void *)(*executable + 1);
  if (args->segment_count != 0)
    memcpy(segments, args->segments, args->segment_count * sizeof *segments);
  (*executable)->body = gp_image_program_body(gp_image_root(args->blob.data));
  (*executable)->segments = segments;
  return NULL;
}
static void unload(gp_executable *executable) { free(executable); }
static gp_status *run(gp_executable *executable, const gp_run_args *args) {
  size_t i;
  gp_copy_inputs(executable->body, args);
  for (i = 0; i < gp_image_body_ops_count(executable->body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(executable->body, i);
    if (gp_image_op_as_conv(op).p != NULL)
      run_conv(executable, op, args->workspace);
  }
  gp_copy_outputs(executable->body, args);
  return NULL;
}

GP_EXPORT const gp_plugin *gp_plugin_entry(uint32_t major, uint32_t minor) {
  static const gp_plugin plugin = {
      sizeof plugin, GP_ABI_MAJOR, GP_ABI_MINOR, create, destroy, describe,
      check,         compile,      load,         run,    unload,  NULL};
  return major == GP_ABI_MAJOR && minor == GP_ABI_MINOR ? &plugin : NULL;
}
