// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A whole backend in C++: element-wise f32 arithmetic. Its blob is the image,
// sealed. glue/plugin.h turns what is thrown into failures.
#include <glowplug/glue/check.h>
#include <glowplug/glue/frame.h>
#include <glowplug/glue/layout.h>
#include <glowplug/glue/plugin.h>
#include <glowplug/glue/region.h>
#include <glowplug/glue/seal.h>

#include <cmath>
#include <vector>

namespace glue = glowplug::glue;

struct gp_backend {
  const gp_host *host;
};

struct gp_executable {
  const gp_host *host;
  gp_image_body body;
};

namespace {

constexpr size_t mostScalars = 64;
constexpr const char *requirement = "hello 1";

/// Why an op cannot run here; null when it can.
const char *refusal(gp_backend *, gp_image_body, gp_image_op op) {
  const gp_image_region region = gp_image_map_region(gp_image_op_as_map(op));
  if (region.p == nullptr || gp_image_op_version(op) != 1 ||
      !gp_region_is_all(region, gp_image_dtype_f32, mostScalars))
    return "only map of version 1 with at most 64 f32 scalars is supported";
  for (size_t i = 0; i < gp_image_region_instructions_count(region); ++i)
    switch (gp_region_op(region, i)) {
    case gp_image_scalar_op_constant:
    case gp_image_scalar_op_add:
    case gp_image_scalar_op_sub:
    case gp_image_scalar_op_mul:
    case gp_image_scalar_op_max:
      break;
    default:
      return "only constant, add, sub, mul and max are supported";
    }
  return nullptr;
}

float evaluate(gp_image_instruction instruction,
               const std::vector<float> &scalars) {
  // A missing operand reads as 0.
  const float a = scalars[gp_image_instruction_operands_at(instruction, 0)];
  const float b = scalars[gp_image_instruction_operands_at(instruction, 1)];
  switch (gp_image_instruction_op(instruction)) {
  case gp_image_scalar_op_constant:
    return gp_instruction_f32(instruction);
  case gp_image_scalar_op_add:
    return a + b;
  case gp_image_scalar_op_sub:
    return a - b;
  case gp_image_scalar_op_mul:
    return a * b;
  default: // max; a NaN stays
    return a > b || std::isnan(a) ? a : b;
  }
}

void runMap(gp_image_body body, gp_image_op op, void *memory) {
  const gp_image_region region = gp_image_map_region(gp_image_op_as_map(op));
  const uint32_t first = gp_image_op_results_at(op, 0);
  std::vector<float> scalars(mostScalars);
  for (uint64_t element = 0; element < gp_elements(body, first); ++element) {
    size_t count = 0;
    for (; count < gp_image_op_operands_count(op); ++count) {
      const uint32_t value = gp_image_op_operands_at(op, count);
      const auto *data =
          static_cast<const float *>(gp_value_place(body, value, memory));
      scalars[count] = data[gp_broadcast_element(body, value, first, element)];
    }
    for (size_t i = 0; i < gp_image_region_instructions_count(region); ++i)
      scalars[count++] =
          evaluate(gp_image_region_instructions_at(region, i), scalars);
    for (size_t i = 0; i < gp_image_op_results_count(op); ++i) {
      auto *data = static_cast<float *>(
          gp_value_place(body, gp_image_op_results_at(op, i), memory));
      data[element] = scalars[gp_image_region_results_at(region, i)];
    }
  }
}

struct Entries {
  using Backend = gp_backend;
  using Executable = gp_executable;

  static gp_status *create(const gp_create_args &args, Backend **backend) {
    if (args.option_count > 0)
      return glue::fail(args.host, GP_INVALID_ARGUMENT, "has no options");
    *backend = new Backend{args.host};
    return nullptr;
  }

  static gp_status *describe(Backend &, const gp_describe_sink &sink) {
    const gp_backend_info info = {sizeof info,
                                  "hello",
                                  "0.1",
                                  "host",
                                  GP_IMAGE_CONTAINER_VERSION,
                                  GP_IMAGE_OPSET_VERSION};
    sink.info(sink.context, &info);
    glue::tell(sink, gp_image_attributes_map, 1, 1u << gp_image_dtype_f32);
    return nullptr;
  }

  static gp_status *check(Backend &backend, const gp_check_args &args) {
    return gp_check_ops(&backend, &args, refusal);
  }

  static gp_status *compile(Backend &backend, const gp_compile_args &args,
                            const gp_compile_sink &sink) {
    if (gp_status *status =
            gp_require_ops(&backend, backend.host, args.image, refusal))
      return status;
    const gp_compile_result result = {sizeof result, requirement,
                                      gp_workspace_bytes(args.image)};
    return gp_emit_sealed(backend.host, &sink, args.image, "hello", 0, &result);
  }

  static gp_status *load(Backend &backend, const gp_load_args &args,
                         Executable **executable) {
    gp_bytes image = {};
    if (gp_status *status =
            gp_open_sealed(backend.host, &args, "hello", requirement, &image))
      return status;
    *executable = new Executable{
        backend.host, gp_image_program_body(gp_image_root(image.data))};
    return nullptr;
  }

  static gp_status *run(Executable &executable, const gp_run_args &args) {
    const gp_image_body body = executable.body;
    if (gp_status *status = gp_require_tensors(executable.host, body, &args))
      return status;
    gp_copy_inputs(body, &args);
    for (size_t i = 0; i < gp_image_body_ops_count(body); ++i)
      runMap(body, gp_image_body_ops_at(body, i), args.workspace);
    gp_copy_outputs(body, &args);
    return nullptr;
  }

  static const void *group(const char *, uint32_t) { return nullptr; }
};

} // namespace

const gp_plugin *gp_plugin_entry(uint32_t major, uint32_t minor) {
  return glue::PluginTable<Entries>::entry(major, minor);
}
