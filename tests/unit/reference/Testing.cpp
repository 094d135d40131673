// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs programs made by the image builder.

#include "Testing.h"

#include "core/image/Verify.h"

using namespace glowplug;

static llvm::Expected<std::vector<Tensor>>
verifyAndRun(const ProgramBuilder &program, llvm::ArrayRef<Tensor> inputs,
             const InterpreterOptions &options, test::Segments segments) {
  const std::vector<uint8_t> image = program.finish();
  if (llvm::Error error = verifyImage(image)) {
    ADD_FAILURE() << llvm::toString(std::move(error));
    return std::vector<Tensor>();
  }
  return interpret(*image::GetProgram(image.data()), inputs, segments, options);
}

std::vector<Tensor> test::run(const ProgramBuilder &program,
                              llvm::ArrayRef<Tensor> inputs,
                              const InterpreterOptions &options,
                              Segments segments) {
  llvm::Expected<std::vector<Tensor>> outputs =
      verifyAndRun(program, inputs, options, segments);
  if (outputs)
    return std::move(*outputs);
  ADD_FAILURE() << llvm::toString(outputs.takeError());
  return std::vector<Tensor>(program.outputCount());
}

std::string test::runError(const ProgramBuilder &program,
                           llvm::ArrayRef<Tensor> inputs, Segments segments) {
  llvm::Expected<std::vector<Tensor>> outputs =
      verifyAndRun(program, inputs, {}, segments);
  return outputs ? "" : llvm::toString(outputs.takeError());
}
