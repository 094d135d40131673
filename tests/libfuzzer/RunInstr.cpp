// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Timeline and run of instr programs of unknown origin.

#include "tests/libfuzzer/RunInstr.h"

#include "core/image/Types.h"
#include "core/image/instr/Timeline.h"
#include "core/image/instr/View.h"
#include "core/reference/instr/Interpreter.h"

using namespace glowplug;
using namespace glowplug::instr;

namespace {

constexpr uint64_t maxBytes = 1 << 20;
constexpr int64_t maxProducts = 1 << 22;

/// At most as many products as pairs of result and operand elements.
bool isCheap(const Compute &compute) {
  int64_t largest = 0;
  if (compute.operands())
    for (const View *view : *compute.operands())
      largest = std::max(largest, elementCount(arrayOf(view->shape())).value());
  if (compute.results())
    for (const View *view : *compute.results())
      if (elementCount(arrayOf(view->shape())).value() >
          maxProducts / std::max<int64_t>(largest, 1))
        return false;
  return true;
}

/// The interpreter has each space up to the last byte that a buffer uses.
bool isCheap(const Program &program) {
  if (program.buffers())
    for (const Buffer *buffer : *program.buffers())
      if (buffer->offset() > maxBytes ||
          buffer->bytes() > maxBytes - buffer->offset())
        return false;
  uint64_t bytes = 0;
  for (uint64_t segment : arrayOf(program.segment_bytes())) {
    if (segment > maxBytes)
      return false;
    bytes += segment;
  }
  if (program.instructions())
    for (const Instruction *instruction : *program.instructions())
      if (const Compute *compute = instruction->action_as_Compute();
          compute && !isCheap(*compute))
        return false;
  return bytes <= maxBytes;
}

} // namespace

void fuzz::timeAndRun(const Program &program, const machine::Machine &machine) {
  if (auto timeline = timelineOf(program, machine))
    (void)timelineText(program, machine, *timeline);
  else
    llvm::consumeError(timeline.takeError());
  if (!isCheap(program))
    return;
  std::vector<std::vector<uint8_t>> storage;
  for (uint64_t bytes : arrayOf(program.segment_bytes()))
    storage.emplace_back(bytes);
  const std::vector<llvm::ArrayRef<uint8_t>> segments(storage.begin(),
                                                      storage.end());
  std::vector<Tensor> inputs;
  if (program.inputs())
    for (const Binding *input : *program.inputs())
      inputs.push_back(llvm::cantFail(Tensor::zeros(
          static_cast<DType>(input->dtype()), arrayOf(input->shape()))));
  llvm::consumeError(interpretInstr(program, inputs, segments).takeError());
}
