// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of functions that the plugin exports.

#include "backends/cpu/plugin/Backend.h"

#include "backends/cpu/compiler/program/ReadImage.h"

namespace glowplug::cpu {
namespace {

llvm::ArrayRef<uint8_t> bytesOf(const gp_bytes &bytes) {
  return {static_cast<const uint8_t *>(bytes.data), bytes.size};
}

std::vector<llvm::ArrayRef<uint8_t>> bytesOf(const gp_bytes *list,
                                             size_t count) {
  std::vector<llvm::ArrayRef<uint8_t>> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(bytesOf(list[i]));
  return result;
}

/// Hands \p program over to the host, in the order of the ABI. Packed weights
/// are freed one by one, since the host copies them.
gp_status *deliver(const gp_backend &backend, CompiledProgram program,
                   const gp_compile_sink &sink) {
  for (std::vector<uint8_t> &segment : program.madeSegments) {
    if (gp_status *problem =
            sink.segment(sink.context, {segment.data(), segment.size()}))
      return problem;
    segment = {};
  }
  for (uint32_t index : program.keptSegments)
    if (gp_status *problem = sink.keep_segment(sink.context, index))
      return problem;
  if (gp_status *problem =
          sink.blob(sink.context, {program.blob.data(), program.blob.size()}))
    return problem;
  std::string requirement = backend.target.requirement();
  gp_compile_result result{};
  result.struct_size = sizeof result;
  result.requirement = requirement.c_str();
  result.workspace_bytes = program.workspaceBytes;
  return sink.result(sink.context, &result);
}

struct Entries {
  using Backend = gp_backend;
  using Executable = gp_executable;

  static gp_status *create(const gp_create_args &args, gp_backend **backend) {
    auto made = openBackend(args.host, {args.options, args.option_count});
    if (!made)
      return fail(args.host, GP_INVALID_ARGUMENT, toString(made.takeError()));
    *backend = made->release();
    return nullptr;
  }

  static gp_status *describe(gp_backend &backend,
                             const gp_describe_sink &sink) {
    return cpu::describe(backend, sink);
  }

  static gp_status *check(gp_backend &, const gp_check_args &args) {
    return cpu::check(args);
  }

  static gp_status *compile(gp_backend &backend, const gp_compile_args &args,
                            const gp_compile_sink &sink);
  static gp_status *load(gp_backend &backend, const gp_load_args &args,
                         gp_executable **executable);
  static gp_status *run(gp_executable &executable, const gp_run_args &args);

  static const void *group(const char *, uint32_t) { return nullptr; }
};

gp_status *Entries::compile(gp_backend &backend, const gp_compile_args &args,
                            const gp_compile_sink &sink) {
  const gp_host *host = backend.host;
  gp_image_program image = gp_image_root(args.image.data);
  if (std::string reason = refuseImage(image); !reason.empty())
    return fail(host, GP_UNSUPPORTED, reason);
  if (args.segment_count != gp_image_program_segments_count(image))
    return fail(host, GP_INVALID_ARGUMENT,
                "the image has " +
                    std::to_string(gp_image_program_segments_count(image)) +
                    " segments, but got " + std::to_string(args.segment_count));
  // readImage() fails for ops that check() refuses, and for nothing else.
  auto program = compileImage(image, bytesOf(args.segments, args.segment_count),
                              backend.target, backend.options);
  if (!program)
    return fail(host, GP_UNSUPPORTED, toString(program.takeError()));
  return deliver(backend, std::move(*program), sink);
}

gp_status *Entries::load(gp_backend &backend, const gp_load_args &args,
                         gp_executable **executable) {
  const gp_host *host = backend.host;
  if (args.threads == 0)
    return fail(host, GP_INVALID_ARGUMENT, "needs threads >= 1, but got 0");
  if (std::string reason = compareRequirement(args.requirement);
      !reason.empty())
    return fail(host, GP_INCOMPATIBLE, reason);
  auto program = cpu::Executable::load(
      bytesOf(args.blob), bytesOf(args.segments, args.segment_count),
      args.threads);
  if (!program)
    return fail(host, GP_INVALID_ARGUMENT, toString(program.takeError()));
  *executable = new gp_executable{host, std::move(*program)};
  return nullptr;
}

gp_status *Entries::run(gp_executable &executable, const gp_run_args &args) {
  const gp_host *host = executable.host;
  cpu::Executable &program = *executable.program;
  if (args.input_count != program.inputCount() ||
      args.output_count != program.outputCount())
    return fail(host, GP_INVALID_ARGUMENT,
                "needs " + std::to_string(program.inputCount()) +
                    " inputs and " + std::to_string(program.outputCount()) +
                    " outputs, but got " + std::to_string(args.input_count) +
                    " and " + std::to_string(args.output_count));
  if (program.workspaceBytes() != 0 && !args.workspace)
    return fail(host, GP_INVALID_ARGUMENT,
                "needs a workspace of " +
                    std::to_string(program.workspaceBytes()) +
                    " bytes, but got none");
  llvm::SmallVector<const void *, 8> inputs;
  for (size_t i = 0; i < args.input_count; ++i)
    inputs.push_back(args.inputs[i].data);
  llvm::SmallVector<void *, 8> outputs(args.outputs,
                                       args.outputs + args.output_count);
  if (llvm::Error error = program.run(inputs, outputs, args.workspace))
    return fail(host, GP_INTERNAL, toString(std::move(error)));
  return nullptr;
}

} // namespace
} // namespace glowplug::cpu

extern "C" GP_EXPORT const gp_plugin *gp_plugin_entry(uint32_t hostAbiMajor,
                                                      uint32_t hostAbiMinor) {
  return glowplug::glue::PluginTable<glowplug::cpu::Entries>::entry(
      hostAbiMajor, hostAbiMinor);
}
