// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From an image to commands, by way of an instr program.

#include "backends/npu-sim/compiler/Compiler.h"

#include "backends/npu-sim/compiler/emit/Emitter.h"
#include "backends/npu-sim/compiler/instr/Machine.h"
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

npu::Result<Schedule>
schedule(gp_image_program image,
         std::span<const std::span<const std::uint8_t>> segments,
         const npu::Config &config, const CompileOptions &options) {
  npu::Result<Program> program =
      readProgram(image, Target{config, targetFits()});
  if (!program)
    return program.fault();
  InstrWriter writer;
  Dram dram(writer);
  Constants constants(*program, segments, dram);
  const Plan plan = planLayout(*program, config.arrayRows, constants, dram);
  Emitter emitter(*program, constants, writer, config, options);
  for (const Job &job : plan.jobs)
    emit(emitter, job);

  for (const LayerInfo &layer : plan.layers)
    writer.addLayer(layer.name, layer.macs, layer.dramBytes);
  const auto bound = [&](std::uint32_t buffer, ValueId id) {
    const Value &value = program->values[id];
    return glue::BoundTensor{buffer, value.type, value.shape};
  };
  for (std::size_t i = 0; i < plan.inputs.size(); ++i)
    writer.addInput(bound(plan.inputs[i], program->inputs[i]));
  for (std::size_t i = 0; i < plan.outputs.size(); ++i)
    writer.addOutput(bound(plan.outputs[i], program->outputs[i]));
  for (const Constants::Piece &piece : constants.pieces())
    writer.addConstant(piece.buffer, 0,
                       static_cast<std::uint64_t>(piece.offset));
  Schedule result;
  result.constants = constants.take();
  std::vector<std::uint64_t> sizes;
  if (!result.constants.empty())
    sizes = {result.constants.size()};
  result.program = writer.finish("npu", writeMachine(config),
                                 emitter.kernels.write(), sizes);
  return result;
}

npu::Result<CompiledProgram>
compile(gp_image_program image,
        std::span<const std::span<const std::uint8_t>> segments,
        const npu::Config &config, const CompileOptions &options) {
  const npu::Result<Schedule> made = schedule(image, segments, config, options);
  if (!made)
    return made.fault();
  std::vector<std::span<const std::uint8_t>> constants;
  if (!made->constants.empty())
    constants.emplace_back(made->constants);
  return encode(made->program, constants, config, options);
}

} // namespace glowplug::npusim
