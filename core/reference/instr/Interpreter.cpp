// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs instr programs: memories are arrays of bytes, tiles are gathered into
// tensors, and kernels run by the interpreter of the primitive set.

#include "core/reference/instr/Interpreter.h"

#include "core/image/instr/View.h"
#include "core/reference/Interpreter.h"
#include "core/reference/Strided.h"

#include <deque>
#include <new>
#include <random>

using namespace glowplug;
using namespace glowplug::instr;
using namespace glowplug::reference;

namespace {

class Machine {
public:
  Machine(const Program &program, const InstrInterpreterOptions &options)
      : program(program), options(options),
        kernels(program.kernels() ? image::GetProgram(program.kernels()->data())
                                  : nullptr) {}

  llvm::Error start(llvm::ArrayRef<Tensor> inputs,
                    llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments);
  llvm::Error run();
  llvm::Expected<std::vector<Tensor>> outputs() const;

private:
  llvm::Error execute(const Instruction &instruction);
  llvm::Error compute(const Compute &compute);
  llvm::Expected<Tensor> gather(const View &view) const;
  void scatter(const View &view, const Tensor &tensor);
  uint8_t *bytesOf(uint32_t buffer) {
    const Buffer &content = *program.buffers()->Get(buffer);
    return spaces[content.space()].data() + content.offset();
  }
  const uint8_t *bytesOf(uint32_t buffer) const {
    return const_cast<Machine *>(this)->bytesOf(buffer);
  }

  const Program &program;
  const InstrInterpreterOptions &options;
  const image::Program *kernels;
  std::vector<std::vector<uint8_t>> spaces;
};

} // namespace

static llvm::Error
checkArguments(const Program &program, llvm::ArrayRef<Tensor> inputs,
               llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
  const size_t inputCount = program.inputs() ? program.inputs()->size() : 0;
  if (inputs.size() != inputCount)
    return llvm::createStringError("needs %zu inputs, but got %zu", inputCount,
                                   inputs.size());
  for (size_t i = 0; i < inputCount; ++i) {
    const Binding &binding = *program.inputs()->Get(i);
    const auto dtype = static_cast<DType>(binding.dtype());
    if (inputs[i].dtype() != dtype ||
        inputs[i].shape() != arrayOf(binding.shape()))
      return llvm::createStringError(
          "input %zu: needs %s, but got %s", i,
          typeString(dtype, arrayOf(binding.shape())).c_str(),
          inputs[i].typeString().c_str());
  }
  const llvm::ArrayRef<uint64_t> sizes = arrayOf(program.segment_bytes());
  if (segments.size() != sizes.size())
    return llvm::createStringError("needs %zu segments, but got %zu",
                                   sizes.size(), segments.size());
  for (size_t i = 0; i < sizes.size(); ++i)
    if (segments[i].size() != sizes[i])
      return llvm::createStringError(
          "segment %zu: needs %llu bytes, but got %zu", i,
          static_cast<unsigned long long>(sizes[i]), segments[i].size());
  return llvm::Error::success();
}

llvm::Error Machine::start(llvm::ArrayRef<Tensor> inputs,
                           llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
  if (llvm::Error error = checkArguments(program, inputs, segments))
    return error;
  // Only as much of each space as the program uses.
  if (program.buffers())
    for (const Buffer *buffer : *program.buffers()) {
      if (buffer->space() >= spaces.size())
        spaces.resize(buffer->space() + 1);
      std::vector<uint8_t> &space = spaces[buffer->space()];
      space.resize(
          std::max<uint64_t>(space.size(), buffer->offset() + buffer->bytes()));
    }
  for (size_t i = 0; i < inputs.size(); ++i)
    llvm::copy(inputs[i].bytes(), bytesOf(program.inputs()->Get(i)->buffer()));
  if (program.constants())
    for (const Constant *constant : *program.constants()) {
      const uint64_t bytes =
          program.buffers()->Get(constant->buffer())->bytes();
      llvm::copy(segments[constant->segment()].slice(constant->offset(), bytes),
                 bytesOf(constant->buffer()));
    }
  return llvm::Error::success();
}

/// Shape and strides in elements of a pattern, a blocked dim as two.
static void patternOf(const View &view, DimVector &shape, DimVector &strides) {
  const int64_t element = dtypeBytes(typeOf(view).dtype);
  for (const Loop &loop : loopsOf(view)) {
    shape.push_back(loop.size);
    strides.push_back(loop.stride / element);
  }
}

llvm::Expected<Tensor> Machine::gather(const View &view) const {
  const TensorType type = typeOf(view);
  llvm::Expected<Tensor> tensor = Tensor::uninitialized(type.dtype, type.shape);
  if (!tensor)
    return tensor;
  const unsigned element = dtypeBytes(type.dtype);
  const uint8_t *base = bytesOf(view.buffer());
  uint8_t *to = tensor->mutableBytes().data();
  if (isPattern(view)) {
    DimVector shape, strides;
    patternOf(view, shape, strides);
    copyStrided(shape, element, base + view.offset(), strides, to,
                rowMajorStrides(shape));
    return tensor;
  }
  Odometer position(type.shape);
  do {
    std::memcpy(to, base + offsetOf(view, position.get()), element);
    to += element;
  } while (position.next());
  return tensor;
}

void Machine::scatter(const View &view, const Tensor &tensor) {
  const unsigned element = dtypeBytes(tensor.dtype());
  uint8_t *base = bytesOf(view.buffer());
  const uint8_t *from = tensor.bytes().data();
  if (isPattern(view)) {
    DimVector shape, strides;
    patternOf(view, shape, strides);
    copyStrided(shape, element, from, rowMajorStrides(shape),
                base + view.offset(), strides);
    return;
  }
  Odometer position(tensor.shape());
  do {
    std::memcpy(base + offsetOf(view, position.get()), from, element);
    from += element;
  } while (position.next());
}

/// \p into plus \p addend, element by element, in their type.
static void accumulate(Tensor &into, const Tensor &addend) {
  auto add = [&](auto tag) {
    using T = decltype(tag);
    auto sums = into.mutableElements<T>();
    auto values = addend.elements<T>();
    for (size_t i = 0; i < sums.size(); ++i) {
      if constexpr (std::is_integral_v<T>) // wraps
        sums[i] = static_cast<T>(static_cast<uint64_t>(sums[i]) +
                                 static_cast<uint64_t>(values[i]));
      else if constexpr (std::is_floating_point_v<T>)
        sums[i] += values[i];
      else
        sums[i] =
            T(static_cast<double>(sums[i]) + static_cast<double>(values[i]));
    }
  };
  switch (into.dtype()) {
  case DType::i32:
    return add(int32_t());
  case DType::u32:
    return add(uint32_t());
  case DType::i64:
    return add(int64_t());
  case DType::u64:
    return add(uint64_t());
  case DType::f16:
    return add(Half());
  case DType::bf16:
    return add(BFloat16());
  case DType::f32:
    return add(float());
  case DType::f64:
    return add(double());
  default:
    llvm_unreachable("not the type of a sum");
  }
}

llvm::Error Machine::compute(const Compute &compute) {
  std::vector<Tensor> operands;
  for (uint32_t i = 0; compute.operands() && i < compute.operands()->size();
       ++i) {
    llvm::Expected<Tensor> operand = gather(*compute.operands()->Get(i));
    if (!operand)
      return operand.takeError();
    operands.push_back(std::move(*operand));
  }
  llvm::Expected<std::vector<Tensor>> results = interpretBody(
      *kernels, *kernels->bodies()->Get(compute.kernel()), operands);
  if (!results)
    return results.takeError();
  for (uint32_t i = 0; i < results->size(); ++i) {
    const View &view = *compute.results()->Get(i);
    if (!compute.accumulate()) {
      scatter(view, (*results)[i]);
      continue;
    }
    llvm::Expected<Tensor> sum = gather(view);
    if (!sum)
      return sum.takeError();
    accumulate(*sum, (*results)[i]);
    scatter(view, *sum);
  }
  return llvm::Error::success();
}

llvm::Error Machine::execute(const Instruction &instruction) {
  if (const Copy *copy = instruction.action_as_Copy()) {
    llvm::Expected<Tensor> tensor = gather(*copy->source());
    if (!tensor)
      return tensor.takeError();
    scatter(*copy->target(), *tensor);
  } else if (const Fill *fill = instruction.action_as_Fill()) {
    const TensorType type = typeOf(*fill->target());
    llvm::Expected<Tensor> tensor =
        Tensor::uninitialized(type.dtype, type.shape);
    if (!tensor)
      return tensor.takeError();
    const llvm::ArrayRef<uint8_t> value = arrayOf(fill->value());
    llvm::MutableArrayRef<uint8_t> bytes = tensor->mutableBytes();
    for (size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = value[i % value.size()];
    scatter(*fill->target(), *tensor);
  } else if (const Compute *action = instruction.action_as_Compute()) {
    return compute(*action);
  }
  return llvm::Error::success();
}

llvm::Error Machine::run() {
  const uint32_t count =
      program.instructions() ? program.instructions()->size() : 0;
  auto at = [&](uint32_t i) -> const Instruction & {
    return *program.instructions()->Get(i);
  };
  std::vector<std::deque<uint32_t>> queues;
  for (uint32_t i = 0; i < count; ++i) {
    if (at(i).engine() >= queues.size())
      queues.resize(at(i).engine() + 1);
    queues[at(i).engine()].push_back(i);
  }
  std::vector<bool> isDone(count, false);
  std::mt19937 random(options.seed.value_or(0));
  for (uint32_t done = 0; done < count; ++done) {
    llvm::SmallVector<uint32_t, 8> ready; // one per engine at most
    for (const std::deque<uint32_t> &queue : queues)
      if (!queue.empty() &&
          llvm::all_of(arrayOf(at(queue.front()).waits()),
                       [&](uint32_t wait) { return isDone[wait]; }))
        ready.push_back(queue.front());
    if (ready.empty())
      return llvm::createStringError("deadlock after %u instructions", done);
    const uint32_t next = options.seed ? ready[random() % ready.size()]
                                       : *llvm::min_element(ready);
    if (llvm::Error error = execute(at(next)))
      return llvm::createStringError("instruction %u: %s", next,
                                     llvm::toString(std::move(error)).c_str());
    isDone[next] = true;
    queues[at(next).engine()].pop_front();
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<Tensor>> Machine::outputs() const {
  std::vector<Tensor> result;
  if (!program.outputs())
    return result;
  for (const Binding *binding : *program.outputs()) {
    llvm::Expected<Tensor> tensor = Tensor::uninitialized(
        static_cast<DType>(binding->dtype()), arrayOf(binding->shape()));
    if (!tensor)
      return tensor.takeError();
    llvm::MutableArrayRef<uint8_t> bytes = tensor->mutableBytes();
    std::copy_n(bytesOf(binding->buffer()), bytes.size(), bytes.data());
    result.push_back(std::move(*tensor));
  }
  return result;
}

llvm::Expected<std::vector<Tensor>>
glowplug::interpretInstr(const Program &program, llvm::ArrayRef<Tensor> inputs,
                         llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments,
                         const InstrInterpreterOptions &options) {
  try {
    Machine machine(program, options);
    if (llvm::Error error = machine.start(inputs, segments))
      return std::move(error);
    if (llvm::Error error = machine.run())
      return std::move(error);
    return machine.outputs();
  } catch (const std::bad_alloc &) {
    return llvm::createStringError("out of memory");
  }
}
