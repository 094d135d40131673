// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stages and whole programs.

#include "tests/unit/backends/npu-sim/compiler/match/Evaluate.h"

#include "tests/unit/backends/npu-sim/compiler/match/Engines.h"

#include <glowplug/arithmetic.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace glowplug::matchtest {

using namespace npusim;

namespace {

std::int32_t wrap(std::int64_t value) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
}

std::int32_t limitTo32(std::int64_t value) {
  return arithmetic::offsetAndClamp(value, 0, arithmetic::rangeOf(32, true));
}

/// One element on its way through the stages of a layer.
class Lane {
public:
  Lane(const Layer &layer, const Program &program, const Tensors &tensors,
       std::int64_t element)
      : layer(layer), program(program), tensors(tensors), element(element),
        shape(program.values[layer.result].shape) {}

  std::int32_t run(std::int32_t sum) {
    std::int32_t value = sum;
    for (const Stage &stage : layer.stages)
      value = runStage(stage, value);
    return value;
  }

private:
  std::int32_t number(const Lanes &lanes) const {
    if (lanes.value == noValue)
      return lanes.number;
    std::int64_t index = element;
    for (std::size_t d = shape.size(); d-- > std::size_t(layer.channel) + 1;)
      index /= shape[d];
    return tensors[lanes.value][index % shape[layer.channel]];
  }

  std::int64_t scaled(const std::optional<Scale> &scale, std::int32_t value,
                      bool twice) const {
    return scale ? arithmetic::applyScale32(value, number(scale->multiplier),
                                            number(scale->shift), twice)
                 : value;
  }

  std::int32_t read(const StageInput &from, std::int32_t before) const {
    if (from.from == StageInput::From::Sums)
      return before;
    std::int32_t byte = before;
    if (from.from == StageInput::From::Operand) {
      const ValueId id = layer.operands[from.operand];
      byte =
          tensors[id][broadcastIndex(program.values[id].shape, shape, element)];
    }
    return (from.isUnsigned ? byte : static_cast<std::int8_t>(byte)) -
           from.zeroPoint;
  }

  std::int32_t runStage(const Stage &stage, std::int32_t before) const {
    std::int64_t a = read(stage.a, before);
    if (stage.bias)
      a += number(*stage.bias);
    const std::int64_t x =
        limitTo32(scaled(stage.a.scale, wrap(a), stage.doubleRound));
    std::int64_t y = 0;
    if (stage.op != Stage::Op::Copy)
      y = limitTo32(
          scaled(stage.b.scale, read(stage.b, before), stage.doubleRound));
    const std::int32_t joined =
        wrap(stage.op == Stage::Op::Add   ? x + y
             : stage.op == Stage::Op::Sub ? x - y
             : stage.op == Stage::Op::Mul ? x * y
             : stage.op == Stage::Op::Max ? std::max(x, y)
             : stage.op == Stage::Op::Min ? std::min(x, y)
                                          : x);
    const std::int64_t out = scaled(stage.outScale, joined, stage.doubleRound);
    if (stage.toWords)
      return limitTo32(out);
    const auto byte = static_cast<std::uint8_t>(arithmetic::offsetAndClamp(
        out, stage.outZeroPoint, {stage.outMin, stage.outMax}));
    return stage.table.empty() ? byte : stage.table[byte];
  }

  const Layer &layer;
  const Program &program;
  const Tensors &tensors;
  std::int64_t element;
  const Shape &shape;
};

Numbers applyStages(const Layer &layer, const Program &program,
                    const Tensors &tensors, const Numbers &sums) {
  Numbers result(elementCount(program.values[layer.result].shape));
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = Lane(layer, program, tensors, static_cast<std::int64_t>(i))
                    .run(sums.empty() ? 0 : sums[i]);
  return result;
}

/// Inputs and constants.
Tensors tensorsOf(const Program &program,
                  std::span<const std::vector<std::uint8_t>> inputs,
                  Segments segments) {
  Tensors tensors(program.values.size());
  for (std::size_t i = 0; i < program.inputs.size(); ++i)
    tensors[program.inputs[i]] =
        numbersOf(program.values[program.inputs[i]], inputs[i]);
  for (std::size_t id = 0; id < program.values.size(); ++id) {
    const Value &value = program.values[id];
    if (!value.isConstant ||
        (!isByte(value.type) && value.type != gp_image_dtype_i32))
      continue;
    std::vector<std::uint8_t> bytes = value.data;
    const std::size_t size =
        std::size_t(elementCount(value.shape)) * byteSize(value.type);
    if (value.data.empty()) {
      const auto first = segments[value.segment].begin() +
                         static_cast<std::ptrdiff_t>(value.offset);
      bytes.assign(first, first + static_cast<std::ptrdiff_t>(size));
    }
    if (value.isSplat)
      while (bytes.size() < size)
        bytes.insert(bytes.end(), value.data.begin(), value.data.end());
    tensors[id] = numbersOf(value, bytes);
  }
  return tensors;
}

} // namespace

std::int64_t broadcastIndex(const Shape &shape, const Shape &result,
                            std::int64_t element) {
  std::int64_t index = 0, stride = 1;
  for (std::size_t d = result.size(); d-- > 0;) {
    if (shape[d] != 1)
      index += element % result[d] * stride;
    stride *= shape[d];
    element /= result[d];
  }
  return index;
}

Numbers numbersOf(const Value &value, std::span<const std::uint8_t> bytes) {
  if (value.type != gp_image_dtype_i32)
    return Numbers(bytes.begin(), bytes.end());
  Numbers numbers(bytes.size() / 4);
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

std::vector<std::uint8_t> bytesOf(const Value &value, const Numbers &numbers) {
  if (value.type != gp_image_dtype_i32)
    return std::vector<std::uint8_t>(numbers.begin(), numbers.end());
  std::vector<std::uint8_t> bytes(numbers.size() * 4);
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

std::vector<std::vector<std::uint8_t>>
run(const Program &program, std::span<const std::vector<std::uint8_t>> inputs,
    Segments segments) {
  Tensors tensors = tensorsOf(program, inputs, segments);
  for (const Layer &layer : program.layers) {
    expectLegal(layer, program);
    tensors[layer.result] = layer.kind == LayerKind::Move
                                ? move(layer, program, tensors)
                                : applyStages(layer, program, tensors,
                                              sums(layer, program, tensors));
  }
  std::vector<std::vector<std::uint8_t>> outputs;
  for (ValueId id : program.outputs)
    outputs.push_back(bytesOf(program.values[id], tensors[id]));
  return outputs;
}

std::vector<std::uint8_t>
runStages(const Program &program, const Numbers &sums,
          std::span<const std::vector<std::uint8_t>> inputs,
          Segments segments) {
  const Layer &layer = program.layers.front();
  expectLegal(layer, program);
  const Tensors tensors = tensorsOf(program, inputs, segments);
  return bytesOf(program.values[layer.result],
                 applyStages(layer, program, tensors, sums));
}

void expectLegal(const Layer &layer, const Program &program) {
  using From = StageInput::From;
  const bool hasSums = layer.kind != LayerKind::Elementwise;
  if (layer.kind == LayerKind::Move) {
    EXPECT_TRUE(layer.stages.empty());
    return;
  }
  ASSERT_FALSE(layer.stages.empty());
  auto expectInput = [&](const StageInput &input, std::size_t n) {
    if (input.from == From::Previous)
      EXPECT_GT(n, 0u) << "bytes before the first stage";
    if (input.from == From::Operand) {
      ASSERT_LT(input.operand, layer.operands.size());
      EXPECT_TRUE(isByte(program.values[layer.operands[input.operand]].type));
    }
    EXPECT_GE(input.zeroPoint, leastByte(input.isUnsigned));
    EXPECT_LE(input.zeroPoint, greatestByte(input.isUnsigned));
  };
  for (std::size_t n = 0; n < layer.stages.size(); ++n) {
    const Stage &stage = layer.stages[n];
    EXPECT_EQ(stage.a.from == From::Sums, hasSums && n == 0);
    expectInput(stage.a, n);
    if (stage.op != Stage::Op::Copy) {
      EXPECT_NE(stage.b.from, From::Sums);
      expectInput(stage.b, n);
    }
    if (stage.toWords) {
      EXPECT_EQ(n + 1, layer.stages.size());
      EXPECT_EQ(program.values[layer.result].type, gp_image_dtype_i32);
      continue;
    }
    EXPECT_LE(stage.outMin, stage.outMax);
    for (std::int32_t each : {stage.outMin, stage.outMax, stage.outZeroPoint}) {
      EXPECT_GE(each, -128);
      EXPECT_LE(each, 255);
    }
    EXPECT_TRUE(stage.table.empty() || stage.table.size() == 256);
  }
  if (!layer.stages.back().toWords)
    EXPECT_TRUE(isByte(program.values[layer.result].type));
}

} // namespace glowplug::matchtest
