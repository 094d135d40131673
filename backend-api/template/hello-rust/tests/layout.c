/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Prints sizes, offsets and numbers of the C headers, as layout.rs prints those
 * of the bindings. */
#include <glowplug/backend.h>
#include <glowplug/image.h>

#include <stdio.h>

#define NUMBER(name, value) printf("%s %u\n", name, (unsigned)(value))
#define SIZE(type) printf("%s %zu\n", #type, sizeof(type))
#define FIELD(type, field) printf("  %s %zu\n", #field, offsetof(type, field))

static void numbers(void) {
  NUMBER("GP_ABI_MAJOR", GP_ABI_MAJOR);
  NUMBER("GP_ABI_MINOR", GP_ABI_MINOR);
  NUMBER("GP_IMAGE_CONTAINER_VERSION", GP_IMAGE_CONTAINER_VERSION);
  NUMBER("GP_IMAGE_OPSET_VERSION", GP_IMAGE_OPSET_VERSION);
  NUMBER("GP_INVALID_ARGUMENT", GP_INVALID_ARGUMENT);
  NUMBER("GP_UNSUPPORTED", GP_UNSUPPORTED);
  NUMBER("GP_INTERNAL", GP_INTERNAL);
  NUMBER("GP_UNKNOWN_FIELD", GP_UNKNOWN_FIELD);
  NUMBER("GP_INCOMPATIBLE", GP_INCOMPATIBLE);
  NUMBER("ATTRIBUTES_MAP", gp_image_attributes_map);
  NUMBER("DTYPE_F32", gp_image_dtype_f32);
  NUMBER("SCALAR_CONSTANT", gp_image_scalar_op_constant);
  NUMBER("SCALAR_ADD", gp_image_scalar_op_add);
  NUMBER("SCALAR_SUB", gp_image_scalar_op_sub);
  NUMBER("SCALAR_MUL", gp_image_scalar_op_mul);
  NUMBER("SCALAR_MAX", gp_image_scalar_op_max);
}

static void gp_bytes_layout(void) {
  SIZE(gp_bytes);
  FIELD(gp_bytes, data);
  FIELD(gp_bytes, size);
}

static void gp_option_layout(void) {
  SIZE(gp_option);
  FIELD(gp_option, key);
  FIELD(gp_option, value);
}

static void gp_host_layout(void) {
  SIZE(gp_host);
  FIELD(gp_host, struct_size);
  FIELD(gp_host, abi_major);
  FIELD(gp_host, abi_minor);
  FIELD(gp_host, fail);
}

static void gp_create_args_layout(void) {
  SIZE(gp_create_args);
  FIELD(gp_create_args, struct_size);
  FIELD(gp_create_args, host);
  FIELD(gp_create_args, options);
  FIELD(gp_create_args, option_count);
}

static void gp_backend_info_layout(void) {
  SIZE(gp_backend_info);
  FIELD(gp_backend_info, struct_size);
  FIELD(gp_backend_info, name);
  FIELD(gp_backend_info, version);
  FIELD(gp_backend_info, target);
  FIELD(gp_backend_info, container_version_max);
  FIELD(gp_backend_info, opset_version_max);
}

static void gp_op_info_layout(void) {
  SIZE(gp_op_info);
  FIELD(gp_op_info, struct_size);
  FIELD(gp_op_info, op);
  FIELD(gp_op_info, composite);
  FIELD(gp_op_info, version);
  FIELD(gp_op_info, dtype_mask);
}

static void gp_describe_sink_layout(void) {
  SIZE(gp_describe_sink);
  FIELD(gp_describe_sink, struct_size);
  FIELD(gp_describe_sink, context);
  FIELD(gp_describe_sink, info);
  FIELD(gp_describe_sink, option);
  FIELD(gp_describe_sink, op);
}

static void gp_verdict_layout(void) {
  SIZE(gp_verdict);
  FIELD(gp_verdict, struct_size);
  FIELD(gp_verdict, op_index);
  FIELD(gp_verdict, supported);
  FIELD(gp_verdict, split_epilogue);
  FIELD(gp_verdict, reason);
}

static void gp_check_args_layout(void) {
  SIZE(gp_check_args);
  FIELD(gp_check_args, struct_size);
  FIELD(gp_check_args, image);
  FIELD(gp_check_args, context);
  FIELD(gp_check_args, verdict);
}

static void gp_compile_result_layout(void) {
  SIZE(gp_compile_result);
  FIELD(gp_compile_result, struct_size);
  FIELD(gp_compile_result, requirement);
  FIELD(gp_compile_result, workspace_bytes);
}

static void gp_compile_sink_layout(void) {
  SIZE(gp_compile_sink);
  FIELD(gp_compile_sink, struct_size);
  FIELD(gp_compile_sink, context);
  FIELD(gp_compile_sink, blob);
  FIELD(gp_compile_sink, segment);
  FIELD(gp_compile_sink, keep_segment);
  FIELD(gp_compile_sink, result);
}

static void gp_compile_args_layout(void) {
  SIZE(gp_compile_args);
  FIELD(gp_compile_args, struct_size);
  FIELD(gp_compile_args, image);
  FIELD(gp_compile_args, segments);
  FIELD(gp_compile_args, segment_count);
  FIELD(gp_compile_args, sink);
}

static void gp_load_args_layout(void) {
  SIZE(gp_load_args);
  FIELD(gp_load_args, struct_size);
  FIELD(gp_load_args, blob);
  FIELD(gp_load_args, requirement);
  FIELD(gp_load_args, segments);
  FIELD(gp_load_args, segment_count);
  FIELD(gp_load_args, threads);
}

static void gp_run_args_layout(void) {
  SIZE(gp_run_args);
  FIELD(gp_run_args, struct_size);
  FIELD(gp_run_args, inputs);
  FIELD(gp_run_args, input_count);
  FIELD(gp_run_args, outputs);
  FIELD(gp_run_args, output_count);
  FIELD(gp_run_args, workspace);
  FIELD(gp_run_args, dims);
  FIELD(gp_run_args, dim_count);
}

static void gp_plugin_layout(void) {
  SIZE(gp_plugin);
  FIELD(gp_plugin, struct_size);
  FIELD(gp_plugin, abi_major);
  FIELD(gp_plugin, abi_minor);
  FIELD(gp_plugin, create);
  FIELD(gp_plugin, destroy);
  FIELD(gp_plugin, describe);
  FIELD(gp_plugin, check);
  FIELD(gp_plugin, compile);
  FIELD(gp_plugin, load);
  FIELD(gp_plugin, run);
  FIELD(gp_plugin, unload);
  FIELD(gp_plugin, group);
}

int main(void) {
  numbers();
  gp_bytes_layout();
  gp_option_layout();
  gp_host_layout();
  gp_create_args_layout();
  gp_backend_info_layout();
  gp_op_info_layout();
  gp_describe_sink_layout();
  gp_verdict_layout();
  gp_check_args_layout();
  gp_compile_result_layout();
  gp_compile_sink_layout();
  gp_compile_args_layout();
  gp_load_args_layout();
  gp_run_args_layout();
  gp_plugin_layout();
  return 0;
}
