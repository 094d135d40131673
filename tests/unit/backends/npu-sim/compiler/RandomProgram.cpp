// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs, their operands and outputs.

#include "tests/unit/backends/npu-sim/compiler/RandomProgram.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace glowplug::compilertest {

std::int64_t pick(Random &random, std::int64_t low, std::int64_t high) {
  return low +
         static_cast<std::int64_t>(random() % std::uint64_t(high - low + 1));
}

Tensor randomTensor(Random &random, DType type, const Dims &shape) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(type, shape));
  for (std::uint8_t &byte : tensor.mutableBytes())
    byte = static_cast<std::uint8_t>(random());
  return tensor;
}

std::string textOf(const Dims &dims) { return fmt::format("{}", dims); }

RandomProgram::RandomProgram(Random &random, const std::vector<Kind> &kinds,
                             int length, std::int64_t lanes, bool isLarge)
    : random(random), lanes(lanes), isLarge(isLarge) {
  for (int i = 0; i < length; ++i) {
    leavesWords = i + 1 == length && chance(15);
    const auto last = static_cast<std::int64_t>(kinds.size()) - 1;
    // Some kinds need an operand that is not there.
    for (int tries = 0; tries < 10; ++tries)
      if (add(kinds[static_cast<std::size_t>(pick(random, 0, last))]))
        break;
  }
  addOutputs();
}

bool RandomProgram::add(Kind kind) {
  switch (kind) {
  case Kind::Conv:
  case Kind::Grouped:
  case Kind::Depthwise:
    return addConv(kind);
  case Kind::MatMul:
  case Kind::Dynamic:
    return addMatMul(kind == Kind::Dynamic);
  case Kind::Pool:
    return addPool();
  case Kind::Reduce:
    return addReduce();
  case Kind::Map:
    return addMap();
  case Kind::Reshape:
    return addReshape();
  case Kind::Transpose:
    return addTranspose();
  case Kind::Slice:
    return addSlice();
  case Kind::Concat:
    return addConcat();
  case Kind::Pad:
    return addPad();
  case Kind::Broadcast:
    return addBroadcast();
  }
  return false;
}

std::int32_t RandomProgram::pickByte(DType type) {
  return static_cast<std::int32_t>(type == DType::u8 ? pick(random, 0, 255)
                                                     : pick(random, -128, 127));
}

std::int64_t RandomProgram::pickChannels() {
  if (isLarge && chance(60))
    return pick(random, 3, 9) * 32 - (chance(30) ? pick(random, 1, 31) : 0);
  switch (pick(random, 0, 4)) {
  case 0:
    return pick(random, 1, 4);
  case 1:
    return lanes * pick(random, 1, lanes > 16 ? 2 : 3);
  case 2:
    return lanes + pick(random, -1, 1);
  default:
    return pick(random, 1, std::min<std::int64_t>(40, 3 * lanes + 2));
  }
}

Dims RandomProgram::shapeOf(ValueId value) const {
  return {b.shape(value).begin(), b.shape(value).end()};
}

ValueId RandomProgram::input(DType type, const Dims &shape) {
  inputs.push_back(randomTensor(random, type, shape));
  const ValueId value = b.input(fmt::format("x{}", inputs.size()), type, shape);
  values.push_back(value);
  note("input", value);
  return value;
}

ValueId RandomProgram::constant(const Tensor &value) {
  if (value.byteCount() <= 64 && chance(50))
    return b.constant(value);
  // Not at the beginning of the segment, at times.
  const std::size_t before = chance(30) ? 64 : 0;
  std::vector<std::uint8_t> bytes(before, 0x77);
  bytes.insert(bytes.end(), value.bytes().begin(), value.bytes().end());
  segments.push_back(bytes);
  return b.constantSegment(value.dtype(), value.shape(),
                           b.addSegment(segments.back()), before);
}

ValueId RandomProgram::operand(int low, int high) {
  std::vector<ValueId> fitting;
  for (ValueId value : values)
    if (const auto rank = static_cast<int>(b.shape(value).size());
        rank >= low && rank <= high)
      fitting.push_back(value);
  if (!fitting.empty() && chance(60))
    return fitting.back();
  if (!fitting.empty() && chance(75))
    return fitting[static_cast<std::size_t>(
        pick(random, 0, static_cast<std::int64_t>(fitting.size()) - 1))];
  const auto rank = isLarge && chance(70) ? high : pick(random, low, high);
  Dims shape;
  // Some are large enough for many tiles.
  const std::int64_t most = chance(isLarge ? 80 : 15) ? (isLarge ? 20 : 40) : 9;
  for (std::int64_t d = 0; d < rank; ++d)
    shape.push_back(pick(random, isLarge && chance(60) ? 6 : 1, most));
  if (rank == 5)
    shape[2] = pick(random, 1, 3);
  if (rank >= 3)
    shape[0] = chance(isLarge ? 90 : 50) ? 1 : pick(random, 1, 3);
  if (rank >= 2)
    shape[rank >= 3 && chance(80) ? 1 : static_cast<std::size_t>(rank - 1)] =
        pickChannels();
  return input(byteType(), shape);
}

std::optional<ValueId> RandomProgram::viewLike(const Dims &shape) {
  // The same number of elements, or a transpose of the shape.
  Dims sorted = shape;
  std::sort(sorted.begin(), sorted.end());
  std::int64_t count = 1;
  for (std::int64_t dim : shape)
    count *= dim;
  for (auto at = values.rbegin(); at != values.rend(); ++at) {
    const ValueId value = *at;
    Dims other = shapeOf(value);
    if (other == shape)
      return value;
    Dims otherSorted = other;
    std::sort(otherSorted.begin(), otherSorted.end());
    if (otherSorted == sorted) {
      DimList permutation;
      std::vector<bool> used(shape.size());
      for (std::int64_t dim : shape)
        for (std::size_t d = 0; d < other.size(); ++d)
          if (!used[d] && other[d] == dim) {
            used[d] = true;
            permutation.push_back(static_cast<std::int64_t>(d));
            break;
          }
      const ValueId turned = b.transpose(value, permutation);
      note("transpose" + textOf(permutation), turned);
      return turned;
    }
    std::int64_t otherCount = 1;
    for (std::int64_t dim : other)
      otherCount *= dim;
    if (otherCount == count) {
      const ValueId shaped = b.reshape(value, shape);
      note("reshape", shaped);
      return shaped;
    }
  }
  return std::nullopt;
}

ValueId RandomProgram::operandLike(const Dims &shape, bool mayBeConstant) {
  if (mayBeConstant && chance(25)) {
    const DType type = byteType();
    if (chance(30)) {
      const auto byte = static_cast<std::uint8_t>(random());
      return b.splatBytes(type, shape, byte);
    }
    return constant(randomTensor(random, type, shape));
  }
  if (chance(70))
    if (const auto value = viewLike(shape))
      return *value;
  return input(byteType(), shape);
}

void RandomProgram::note(const std::string &op, ValueId result) {
  text +=
      fmt::format("  v{} = {} -> {} {}\n", static_cast<unsigned>(result), op,
                  dtypeName(b.dtype(result)).str(), textOf(shapeOf(result)));
}

void RandomProgram::made(ValueId value) {
  (b.dtype(value) == DType::i32 ? words : values).push_back(value);
}

void RandomProgram::addOutputs() {
  const auto isInput = [&](ValueId value) {
    const auto &ids = b.body().inputs;
    return std::find(ids.begin(), ids.end(), static_cast<unsigned>(value)) !=
           ids.end();
  };
  std::vector<ValueId> candidates;
  for (ValueId value : values)
    if (!isInput(value) || chance(10))
      candidates.push_back(value);
  std::vector<ValueId> outputs = words;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (i + 1 == candidates.size() || chance(20))
      outputs.push_back(candidates[i]);
  if (chance(10) && !outputs.empty())
    outputs.push_back(outputs[0]);
  for (ValueId value : outputs) {
    text += fmt::format("  output v{}\n", static_cast<unsigned>(value));
    b.output(value);
  }
}

} // namespace glowplug::compilertest
