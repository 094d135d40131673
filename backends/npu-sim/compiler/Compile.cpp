// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From an image to commands, by way of an instr program.

#include "backends/npu-sim/compiler/Compiler.h"

#include "backends/npu-sim/compiler/emit/Emitter.h"
#include "backends/npu-sim/compiler/instr/Encode.h"
#include "backends/npu-sim/compiler/instr/Schedule.h"
#include "backends/npu-sim/compiler/layout/Plan.h"
#include "backends/npu-sim/compiler/match/Fits.h"

namespace glowplug::npusim {
namespace {

void emit(Emitter &emitter, const Job &job) {
  if (!job.layer)
    return emitCopy(emitter, job);
  switch (job.layer->kind) {
  case LayerKind::Conv:
  case LayerKind::MatMul:
    return emitContraction(emitter, job);
  case LayerKind::Depthwise:
  case LayerKind::Pool:
    return emitWindow(emitter, job);
  case LayerKind::Reduce:
    return emitReduce(emitter, job);
  case LayerKind::Elementwise:
    return emitElementwise(emitter, job);
  case LayerKind::Move:
    return; // the plan has made copies or views of it
  }
}

} // namespace

/// The instr program of \p image, and its one segment.
static npu::Result<instr::ProgramT>
makeSchedule(gp_image_program image,
             std::span<const std::span<const std::uint8_t>> segments,
             const npu::Config &config, const CompileOptions &options,
             std::vector<std::uint8_t> &made) {
  npu::Result<Program> program =
      readProgram(image, Target{config, targetFits()});
  if (!program)
    return program.fault();
  Constants constants(*program, segments);
  const Plan plan = planLayout(*program, config.arrayRows, constants);
  Emitter emitter(*program, constants, config, options);
  for (const Job &job : plan.jobs)
    emit(emitter, job);
  made = constants.take();
  return writeSchedule(emitter, plan, made);
}

npu::Result<Schedule>
schedule(gp_image_program image,
         std::span<const std::span<const std::uint8_t>> segments,
         const npu::Config &config, const CompileOptions &options) {
  Schedule result;
  const npu::Result<instr::ProgramT> program =
      makeSchedule(image, segments, config, options, result.constants);
  if (!program)
    return program.fault();
  flatbuffers::FlatBufferBuilder builder;
  instr::FinishProgramBuffer(builder, instr::Program::Pack(builder, &*program));
  const std::uint8_t *begin = builder.GetBufferPointer();
  result.program.assign(begin, begin + builder.GetSize());
  return result;
}

npu::Result<CompiledProgram>
encode(std::span<const std::uint8_t> program,
       std::span<const std::span<const std::uint8_t>> segments,
       const npu::Config &config, const CompileOptions &options) {
  instr::ProgramT content;
  instr::GetProgram(program.data())->UnPackTo(&content);
  return encodeProgram(content, segments, config, options);
}

npu::Result<CompiledProgram>
compile(gp_image_program image,
        std::span<const std::span<const std::uint8_t>> segments,
        const npu::Config &config, const CompileOptions &options) {
  std::vector<std::uint8_t> constants;
  const npu::Result<instr::ProgramT> program =
      makeSchedule(image, segments, config, options, constants);
  if (!program)
    return program.fault();
  std::vector<std::span<const std::uint8_t>> made;
  if (!constants.empty())
    made.emplace_back(constants);
  return encodeProgram(*program, made, config, options);
}

} // namespace glowplug::npusim
