// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The plugin: what it takes, and how the parts are called.

#include "device.h"
#include "encode.h"
#include "schedule.h"

#include <glowplug/glue/check.h>
#include <glowplug/glue/plugin.h>
#include <glowplug/glue/region.h>
#include <glowplug/glue/seal.h>
#include <glowplug/instr.h>

#include <cstring>
#include <stdexcept>

namespace glue = glowplug::glue;

struct gp_backend {
  const gp_host *host;
};

struct gp_executable {
  const gp_host *host;
  tiles::Blob blob;
  tiles::Device device;
};

namespace {

constexpr const char *name = "tiles-example", *requirement = "tiles 1";

// ---- What it takes ----

const char *valueRefusal(gp_image_body body, uint32_t index) {
  const gp_image_value value = gp_image_body_values_at(body, index);
  if (gp_image_value_dtype(value) != gp_image_dtype_f32 ||
      gp_image_value_shape_count(value) != 2)
    return "only matrices of f32 are supported";
  for (size_t dim = 0; dim < 2; ++dim)
    if (gp_image_value_shape_at(value, dim) == 0)
      return "empty tensors are not supported";
  return nullptr;
}

const char *regionRefusal(gp_image_region region) {
  if (!gp_region_is_all(region, gp_image_dtype_f32, tiles::mostScalars))
    return "only regions of at most 32 f32 scalars are supported";
  if (gp_image_region_parameters_count(region) == 0 ||
      gp_image_region_parameters_count(region) > tiles::mostOperands)
    return "only regions of 1 to 4 operands are supported";
  for (size_t i = 0; i < gp_image_region_instructions_count(region); ++i)
    if (!tiles::hasScalarOp(gp_region_op(region, i)))
      return "only constant, add, sub, mul, min and max are supported";
  return nullptr;
}

/// Why an op cannot run here, whatever its epilogue is; null when it can.
const char *refusal(gp_backend *, gp_image_body body, gp_image_op op) {
  if (gp_image_op_version(op) != 1 || gp_image_op_results_count(op) != 1)
    return "only ops of version 1 with one result are supported";
  const gp_image_attributes kind = gp_image_op_attributes_type(op);
  if (kind != gp_image_attributes_constant &&
      kind != gp_image_attributes_mat_mul && kind != gp_image_attributes_map)
    return "only constant, matmul and map are supported";
  // An epilogue makes the result, and has the operands from the third on.
  const bool hasEpilogue = gp_epilogue(op).p != nullptr;
  const char *reason =
      hasEpilogue ? nullptr : valueRefusal(body, gp_image_op_results_at(op, 0));
  const size_t own = hasEpilogue ? 2 : gp_image_op_operands_count(op);
  for (size_t i = 0; reason == nullptr && i < own; ++i)
    reason = valueRefusal(body, gp_image_op_operands_at(op, i));
  return reason == nullptr && kind == gp_image_attributes_map
             ? regionRefusal(gp_image_map_region(gp_image_op_as_map(op)))
             : reason;
}

const char *epilogueRefusal(gp_backend *, gp_image_body body, gp_image_op op) {
  const char *reason = valueRefusal(body, gp_image_op_results_at(op, 0));
  for (size_t i = 2; reason == nullptr && i < gp_image_op_operands_count(op);
       ++i)
    reason = valueRefusal(body, gp_image_op_operands_at(op, i));
  return reason != nullptr ? reason : regionRefusal(gp_epilogue(op));
}

// ---- The groups of tier 2 ----

gp_status *machine(gp_backend *backend, const gp_bytes_sink *given) {
  return glue::guard(backend->host, [&]() -> gp_status * {
    gp_bytes_sink sink;
    if (gp_status *status = glue::read(backend->host, sink, given,
                                       "machine: the sink is not understood"))
      return status;
    const std::vector<uint8_t> bytes = tiles::describeMachine();
    return sink.bytes(sink.context, {bytes.data(), bytes.size()});
  });
}

gp_status *schedule(gp_backend *backend, const gp_schedule_args *given) {
  const gp_host *host = backend->host;
  return glue::guard(host, [&]() -> gp_status * {
    gp_schedule_args args;
    gp_bytes_sink sink;
    if (gp_status *status = glue::read(
            host, args, given, "schedule: the arguments are not understood"))
      return status;
    if (gp_status *status = glue::read(host, sink, args.program,
                                       "schedule: the sink is not understood"))
      return status;
    const size_t needs =
        gp_image_program_segments_count(gp_image_root(args.image.data));
    if (gp_status *status =
            gp_require_count(host, "segments", needs, args.segment_count))
      return status;
    const tiles::Schedule made = tiles::schedule(args.image, args.segments);
    for (const std::vector<uint8_t> &segment : made.segments)
      if (gp_status *status =
              args.segment(args.context, {segment.data(), segment.size()}))
        return status;
    return sink.bytes(sink.context, {made.program.data(), made.program.size()});
  });
}

gp_status *emit(const gp_host *host, gp_bytes program, size_t segments,
                const gp_compile_sink &sink) {
  const std::vector<uint8_t> blob = tiles::encode(program);
  const gp_compile_result result = {sizeof result, requirement, 0};
  return gp_emit_sealed(host, &sink, {blob.data(), blob.size()}, name, segments,
                        &result);
}

gp_status *encode(gp_backend *backend, const gp_encode_args *given) {
  const gp_host *host = backend->host;
  return glue::guard(host, [&]() -> gp_status * {
    gp_encode_args args;
    gp_compile_sink sink;
    if (gp_status *status = glue::read(
            host, args, given, "encode: the arguments are not understood"))
      return status;
    if (gp_status *status = glue::read(host, sink, args.sink,
                                       "encode: the sink is not understood"))
      return status;
    const size_t needs =
        gp_instr_program_segment_bytes_count(gp_instr_root(args.program.data));
    if (gp_status *status =
            gp_require_count(host, "segments", needs, args.segment_count))
      return status;
    for (uint32_t i = 0; i < args.segment_count; ++i)
      if (gp_status *status = sink.keep_segment(sink.context, i))
        return status;
    return emit(host, args.program, args.segment_count, sink);
  });
}

// ---- The functions of every plugin ----

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
                                  "tiles-example",
                                  "0.1",
                                  "functional device",
                                  GP_IMAGE_CONTAINER_VERSION,
                                  GP_IMAGE_OPSET_VERSION};
    sink.info(sink.context, &info);
    for (const gp_image_attributes op :
         {gp_image_attributes_constant, gp_image_attributes_mat_mul,
          gp_image_attributes_map})
      glue::tell(sink, op, 1, 1u << gp_image_dtype_f32);
    return nullptr;
  }

  static gp_status *check(Backend &backend, const gp_check_args &args) {
    return gp_check_ops_and_epilogues(&backend, &args, refusal,
                                      epilogueRefusal);
  }

  /// For hosts that ask for no group: both steps at once.
  static gp_status *compile(Backend &backend, const gp_compile_args &args,
                            const gp_compile_sink &sink) {
    if (gp_status *status = gp_require_ops_and_epilogues(
            &backend, backend.host, args.image, refusal, epilogueRefusal))
      return status;
    const tiles::Schedule made = tiles::schedule(args.image, args.segments);
    for (const std::vector<uint8_t> &segment : made.segments)
      if (gp_status *status =
              sink.segment(sink.context, {segment.data(), segment.size()}))
        return status;
    return emit(backend.host, {made.program.data(), made.program.size()},
                made.segments.size(), sink);
  }

  static gp_status *load(Backend &backend, const gp_load_args &args,
                         Executable **executable) {
    gp_bytes bytes = {};
    if (gp_status *status =
            gp_open_sealed(backend.host, &args, name, requirement, &bytes))
      return status;
    tiles::Blob blob;
    if (!tiles::readBlob(bytes.data, bytes.size, blob))
      return glue::fail(backend.host, GP_INCOMPATIBLE,
                        "needs a blob of this version of the backend");
    tiles::Device device(blob.header->dramBytes);
    for (uint64_t i = 0; i < blob.header->constants; ++i) {
      const tiles::Bound &constant = blob.constants[i];
      const gp_bytes &segment = args.segments[constant.segment];
      std::memcpy(device.dramAt(constant.address),
                  static_cast<const uint8_t *>(segment.data) + constant.offset,
                  constant.bytes);
    }
    *executable = new Executable{backend.host, blob, std::move(device)};
    return nullptr;
  }

  static gp_status *run(Executable &executable, const gp_run_args &args) {
    const tiles::Blob &blob = executable.blob;
    tiles::Device &device = executable.device;
    if (gp_status *status = gp_require_count(
            executable.host, "inputs", blob.header->inputs, args.input_count))
      return status;
    if (gp_status *status =
            gp_require_count(executable.host, "outputs", blob.header->outputs,
                             args.output_count))
      return status;
    for (size_t i = 0; i < args.input_count; ++i)
      std::memcpy(device.dramAt(blob.inputs[i].address), args.inputs[i].data,
                  args.inputs[i].size);
    for (uint64_t i = 0; i < blob.header->commands; ++i)
      device.execute(blob.commands[i], blob.microOps);
    for (size_t i = 0; i < args.output_count; ++i)
      std::memcpy(args.outputs[i], device.dramAt(blob.outputs[i].address),
                  blob.outputs[i].bytes);
    return nullptr;
  }

  static const void *group(const char *id, uint32_t version) {
    static const gp_instr_group instr = {sizeof instr, machine, encode};
    static const gp_schedule_group scheduler = {sizeof scheduler, schedule};
    if (std::strcmp(id, GP_GROUP_INSTR) == 0 &&
        version == GP_GROUP_INSTR_VERSION)
      return &instr;
    if (std::strcmp(id, GP_GROUP_SCHEDULE) == 0 &&
        version == GP_GROUP_SCHEDULE_VERSION)
      return &scheduler;
    return nullptr;
  }
};

} // namespace

const gp_plugin *gp_plugin_entry(uint32_t major, uint32_t minor) {
  return glue::PluginTable<Entries>::entry(major, minor);
}
