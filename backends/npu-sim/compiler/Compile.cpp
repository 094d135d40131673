// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From an image to commands.

#include "backends/npu-sim/compiler/Compiler.h"

#include "backends/npu-sim/compiler/emit/Emitter.h"
#include "backends/npu-sim/compiler/layout/Plan.h"
#include "backends/npu-sim/compiler/match/Fits.h"
#include "backends/npu-sim/compiler/schedule/Order.h"
#include "backends/npu-sim/compiler/schedule/Semaphores.h"
#include "simulator/device/RaceDetector.h"

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

npu::Result<CompiledProgram>
compile(gp_image_program image,
        std::span<const std::span<const std::uint8_t>> segments,
        const npu::Config &config, const CompileOptions &options) {
  npu::Result<Program> program =
      readProgram(image, Target{config, targetFits()});
  if (!program)
    return program.fault();
  Constants constants(*program, segments);
  Plan plan = planLayout(*program, config.arrayRows, constants);
  Emitter emitter(*program, constants, config, options);
  for (const Job &job : plan.jobs)
    emit(emitter, job);

  std::vector<Step> steps = emitter.steps.take();
  steps = orderByStart(steps, estimateStarts(steps, config));
  const Signalled signalled = addSemaphores(steps, config);

  CompiledProgram result;
  result.constants = constants.take();
  result.workspaceBytes = static_cast<std::uint64_t>(plan.workspaceBytes);
  Blob blob;
  blob.program.extents[constantsBase] =
      static_cast<std::int64_t>(result.constants.size());
  blob.program.extents[workspaceBase] = plan.workspaceBytes;
  blob.program.extents[inputsBase] = plan.inputBytes;
  blob.program.extents[outputsBase] = plan.outputBytes;
  for (const npu::Command &command : signalled.commands)
    blob.program.commands.push_back(npu::encodeCommand(command));
  if (const auto fault = npu::checkCommands(blob.program.commands, config,
                                            blob.program.extents))
    return npu::Fault{"internal error: " + fault->message};
  if (options.checkRaces)
    if (const auto races = npu::findRaces(signalled.commands, config, 1);
        !races.empty())
      return npu::Fault{"internal error: " + races[0].message()};
  blob.inputs = std::move(plan.inputs);
  blob.outputs = std::move(plan.outputs);
  blob.layers = std::move(plan.layers);
  blob.buffers = std::move(emitter.buffers);
  result.blob = writeBlob(blob, config);
  return result;
}

} // namespace glowplug::npusim
