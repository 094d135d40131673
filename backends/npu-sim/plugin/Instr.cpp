// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The groups "instr" and "schedule": the machine, and instr programs for it.

#include "backends/npu-sim/plugin/Backend.h"

#include "backends/npu-sim/compiler/instr/Machine.h"

#include <glowplug/instr.h>

namespace glowplug::npusim {
namespace {

gp_status *give(const gp_bytes_sink &sink,
                const std::vector<std::uint8_t> &bytes) {
  return sink.bytes(sink.context, {bytes.data(), bytes.size()});
}

gp_status *machine(gp_backend *backend, const gp_bytes_sink *given) {
  gp_bytes_sink sink;
  if (gp_status *problem = glue::read(backend->host, sink, given,
                                      "machine: the sink is not understood"))
    return problem;
  return give(sink, writeMachine(backend->config));
}

gp_status *guardedMachine(gp_backend *backend, const gp_bytes_sink *sink) {
  return guard(backend->host, [&] { return machine(backend, sink); });
}

gp_status *encode(gp_backend *backend, const gp_encode_args *given) {
  const gp_host *host = backend->host;
  gp_encode_args args;
  gp_compile_sink sink;
  if (gp_status *problem = glue::read(
          host, args, given, "encode: the arguments are not understood"))
    return problem;
  if (gp_status *problem = glue::read(host, sink, args.sink,
                                      "encode: the sink is not understood"))
    return problem;
  if (gp_status *problem = checkSegments(host, "program",
                                         gp_instr_program_segment_bytes_count(
                                             gp_instr_root(args.program.data)),
                                         args.segment_count))
    return problem;
  const auto program = npusim::encode(
      bytesOf(args.program), bytesOf(args.segments, args.segment_count),
      backend->config, backend->options);
  if (!program)
    return fail(host, GP_UNSUPPORTED, program.message());
  return giveProgram(*backend, *program, sink);
}

gp_status *guardedEncode(gp_backend *backend, const gp_encode_args *args) {
  return guard(backend->host, [&] { return encode(backend, args); });
}

gp_status *schedule(gp_backend *backend, const gp_schedule_args *given) {
  const gp_host *host = backend->host;
  gp_schedule_args args;
  gp_bytes_sink sink;
  if (gp_status *problem = glue::read(
          host, args, given, "schedule: the arguments are not understood"))
    return problem;
  if (gp_status *problem = glue::read(host, sink, args.program,
                                      "schedule: the sink is not understood"))
    return problem;
  const gp_image_program image = gp_image_root(args.image.data);
  if (gp_status *problem =
          checkSegments(host, "image", gp_image_program_segments_count(image),
                        args.segment_count))
    return problem;
  const auto made =
      npusim::schedule(image, bytesOf(args.segments, args.segment_count),
                       backend->config, backend->options);
  if (!made)
    return fail(host, GP_UNSUPPORTED, made.message());
  if (!made->constants.empty())
    if (gp_status *problem = args.segment(
            args.context, {made->constants.data(), made->constants.size()}))
      return problem;
  return give(sink, made->program);
}

gp_status *guardedSchedule(gp_backend *backend, const gp_schedule_args *args) {
  return guard(backend->host, [&] { return schedule(backend, args); });
}

} // namespace

const gp_instr_group instrGroup = {sizeof(gp_instr_group), guardedMachine,
                                   guardedEncode};
const gp_schedule_group scheduleGroup = {sizeof(gp_schedule_group),
                                         guardedSchedule};

} // namespace glowplug::npusim
