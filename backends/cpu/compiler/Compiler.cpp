// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Image -> compiled program: the order of the stages.

#include "backends/cpu/compiler/Compiler.h"

#include "backends/cpu/compiler/LowerProgram.h"
#include "backends/cpu/compiler/codegen/EmitObject.h"
#include "backends/cpu/compiler/lower/Placement.h"
#include "backends/cpu/compiler/lower/WriteBlob.h"
#include "backends/cpu/compiler/program/ReadImage.h"

namespace glowplug::cpu {
llvm::Expected<CompiledProgram>
compileImage(gp_image_program image,
             llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
             const Target &target, const CompileOptions &options) {
  llvm::Expected<Program> program = readImage(image);
  if (!program)
    return program.takeError();
  Lowering lowering(*program, target, options, segments);
  lowerProgram(lowering);
  if (llvm::Error defect = finishKernels(lowering))
    return defect;
  llvm::Expected<Placement> placement = placeBuffers(lowering);
  if (!placement)
    return placement.takeError();
  auto object = emitObject(lowering.module, target);
  if (!object)
    return object.takeError();

  CompiledProgram result;
  result.blob = writeBlob(lowering, *placement, *object);
  result.keptSegments = placement->keptSegments;
  result.workspaceBytes = placement->workspaceBytes;
  result.madeSegments = std::move(lowering.madeSegments);
  return result;
}

} // namespace glowplug::cpu
