// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes instr programs.

#include "core/image/instr/Builder.h"

#include "core/image/instr/Verify.h"
#include "core/support/Sha256.h"

using namespace glowplug;
using namespace glowplug::instr;

InstrBuilder::InstrBuilder(llvm::StringRef name,
                           llvm::ArrayRef<uint8_t> machine)
    : kernels(name) {
  content.container_version = instrContainerVersion;
  content.name = name.str();
  const Sha256 hash = sha256(machine);
  content.machine_sha256.assign(hash.begin(), hash.end());
}

uint32_t InstrBuilder::buffer(llvm::StringRef name, uint32_t space,
                              uint64_t offset, uint64_t bytes) {
  auto buffer = std::make_unique<BufferT>();
  buffer->name = name.str();
  buffer->space = space;
  buffer->offset = offset;
  buffer->bytes = bytes;
  content.buffers.push_back(std::move(buffer));
  return static_cast<uint32_t>(content.buffers.size() - 1);
}

static std::unique_ptr<BindingT> bindingOf(uint32_t buffer,
                                           const TensorType &type) {
  auto binding = std::make_unique<BindingT>();
  binding->buffer = buffer;
  binding->dtype = static_cast<uint8_t>(type.dtype);
  binding->shape.assign(type.shape.begin(), type.shape.end());
  return binding;
}

void InstrBuilder::input(uint32_t buffer, const TensorType &type) {
  content.inputs.push_back(bindingOf(buffer, type));
}

void InstrBuilder::output(uint32_t buffer, const TensorType &type) {
  content.outputs.push_back(bindingOf(buffer, type));
}

void InstrBuilder::constant(uint32_t buffer, uint32_t segment,
                            uint64_t offset) {
  auto constant = std::make_unique<ConstantT>();
  constant->buffer = buffer;
  constant->segment = segment;
  constant->offset = offset;
  content.constants.push_back(std::move(constant));
}

uint32_t InstrBuilder::segment(uint64_t bytes) {
  content.segment_bytes.push_back(bytes);
  return static_cast<uint32_t>(content.segment_bytes.size() - 1);
}

BodyBuilder &InstrBuilder::addKernel() {
  ++kernelCount;
  return kernels.addBody();
}

ViewT InstrBuilder::view(uint32_t buffer, const TensorType &type,
                         int64_t offset, llvm::ArrayRef<int64_t> strides) {
  ViewT view;
  view.buffer = buffer;
  view.offset = offset;
  view.dtype = static_cast<uint8_t>(type.dtype);
  view.shape.assign(type.shape.begin(), type.shape.end());
  view.strides.assign(strides.begin(), strides.end());
  if (strides.empty()) {
    view.strides.resize(type.shape.size());
    int64_t step = dtypeBytes(type.dtype);
    for (size_t i = type.shape.size(); i-- > 0; step *= type.shape[i])
      view.strides[i] = step;
  }
  return view;
}

uint32_t InstrBuilder::append(uint32_t engine, llvm::ArrayRef<uint32_t> waits,
                              ActionUnion action) {
  auto instruction = std::make_unique<InstructionT>();
  instruction->engine = engine;
  instruction->waits.assign(waits.begin(), waits.end());
  instruction->action = std::move(action);
  content.instructions.push_back(std::move(instruction));
  return static_cast<uint32_t>(content.instructions.size() - 1);
}

template <typename T>
static ActionUnion actionOf(T action) {
  ActionUnion any;
  any.Set(std::move(action));
  return any;
}

uint32_t InstrBuilder::copy(uint32_t engine, const ViewT &source,
                            const ViewT &target,
                            llvm::ArrayRef<uint32_t> waits) {
  CopyT copy;
  copy.source = std::make_unique<ViewT>(source);
  copy.target = std::make_unique<ViewT>(target);
  return append(engine, waits, actionOf(std::move(copy)));
}

uint32_t InstrBuilder::fill(uint32_t engine, const ViewT &target,
                            llvm::ArrayRef<uint8_t> value,
                            llvm::ArrayRef<uint32_t> waits) {
  FillT fill;
  fill.target = std::make_unique<ViewT>(target);
  fill.value.assign(value.begin(), value.end());
  return append(engine, waits, actionOf(std::move(fill)));
}

uint32_t InstrBuilder::compute(uint32_t engine, uint32_t kernel,
                               llvm::ArrayRef<ViewT> operands,
                               llvm::ArrayRef<ViewT> results,
                               llvm::ArrayRef<uint32_t> waits,
                               bool accumulate) {
  ComputeT compute;
  compute.kernel = kernel;
  for (const ViewT &view : operands)
    compute.operands.push_back(std::make_unique<ViewT>(view));
  for (const ViewT &view : results)
    compute.results.push_back(std::make_unique<ViewT>(view));
  compute.accumulate = accumulate;
  return append(engine, waits, actionOf(std::move(compute)));
}

uint32_t InstrBuilder::wait(uint32_t engine, llvm::ArrayRef<uint32_t> waits) {
  return append(engine, waits, actionOf(WaitT()));
}

std::vector<uint8_t> InstrBuilder::finish() {
  content.kernels.clear();
  if (kernelCount != 0)
    content.kernels = kernels.finish();
  flatbuffers::FlatBufferBuilder builder;
  FinishProgramBuffer(builder, Program::Pack(builder, &content));
  const uint8_t *bytes = builder.GetBufferPointer();
  return {bytes, bytes + builder.GetSize()};
}
