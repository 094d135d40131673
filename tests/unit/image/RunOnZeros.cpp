// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs programs of unknown origin, if that costs little.

#include "tests/unit/image/RunOnZeros.h"

#include "core/image/Types.h"
#include "core/reference/Interpreter.h"
#include "core/semantics/Shapes.h"

using namespace glowplug;
using namespace glowplug::test;

namespace {

constexpr uint64_t maxBytes = 1 << 20;
constexpr int64_t maxProducts = 1 << 22;

int64_t elementsOf(const image::Body &body, uint32_t value) {
  return elementCount(arrayOf(body.values()->Get(value)->shape())).value();
}

bool isCheap(const image::Body &body) {
  uint64_t bytes = 0;
  if (body.values())
    for (const image::Value *value : *body.values()) {
      const auto size = static_cast<uint64_t>(
          byteCount(fromImage(value->dtype()), arrayOf(value->shape()))
              .value());
      if (size > maxBytes)
        return false;
      bytes += size;
    }
  if (bytes > maxBytes)
    return false;
  if (!body.ops())
    return true;
  for (const image::Op *op : *body.ops()) {
    // At most as many products as pairs of result and operand elements.
    int64_t largest = 0;
    for (uint32_t value : arrayOf(op->operands()))
      largest = std::max(largest, elementsOf(body, value));
    for (uint32_t value : arrayOf(op->results()))
      if (elementsOf(body, value) * largest > maxProducts)
        return false;
  }
  return true;
}

bool isCheap(const image::Program &program) {
  if (!isCheap(*program.body()))
    return false;
  if (program.bodies())
    for (const image::Body *body : *program.bodies())
      if (!isCheap(*body))
        return false;
  uint64_t bytes = 0;
  if (program.segments())
    for (const image::Segment *segment : *program.segments()) {
      if (segment->bytes() > maxBytes)
        return false;
      bytes += segment->bytes();
    }
  return bytes <= maxBytes;
}

/// What is wrong with the number and the shapes of \p outputs.
std::string faultsOf(const image::Body &body, llvm::ArrayRef<Tensor> outputs) {
  const llvm::ArrayRef<uint32_t> values = arrayOf(body.outputs());
  if (outputs.size() != values.size())
    return std::to_string(outputs.size()) + " outputs of " +
           std::to_string(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    if (outputs[i].shape() != arrayOf(body.values()->Get(values[i])->shape()))
      return "output " + std::to_string(i) + " is " + outputs[i].typeString();
  return "";
}

} // namespace

ZeroRun test::runOnZeros(const image::Program &program) {
  if (!isCheap(program))
    return {};
  std::vector<std::vector<uint8_t>> storage;
  if (program.segments())
    for (const image::Segment *segment : *program.segments())
      storage.emplace_back(segment->bytes());
  const std::vector<llvm::ArrayRef<uint8_t>> segments(storage.begin(),
                                                      storage.end());
  std::vector<Tensor> inputs;
  for (uint32_t input : arrayOf(program.body()->inputs())) {
    const image::Value &value = *program.body()->values()->Get(input);
    inputs.push_back(llvm::cantFail(
        Tensor::zeros(fromImage(value.dtype()), arrayOf(value.shape()))));
  }
  for (Precision precision : {Precision::declared, Precision::wide}) {
    InterpreterOptions options;
    options.precision = precision;
    llvm::Expected<std::vector<Tensor>> outputs =
        interpret(program, inputs, segments, options);
    if (!outputs) {
      llvm::consumeError(outputs.takeError());
      continue;
    }
    if (std::string wrong = faultsOf(*program.body(), *outputs); !wrong.empty())
      return {true, std::move(wrong)};
  }
  return {true};
}
