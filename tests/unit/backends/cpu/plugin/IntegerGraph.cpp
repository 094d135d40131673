// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parts of random 8-bit programs.

#include "tests/unit/backends/cpu/plugin/IntegerGraph.h"

#include <cmath>

namespace glowplug::cputest {

ValueId IntegerGraph::input(DType type, llvm::ArrayRef<int64_t> shape) {
  inputs.push_back(randomTensor(random, type, shape));
  return b.input("x" + std::to_string(inputs.size()), type, shape);
}

ValueId IntegerGraph::constant(Tensor value) {
  segments.emplace_back(value.bytes());
  return b.constantSegment(value.dtype(), value.shape(),
                           b.addSegment(segments.back()), 0);
}

ValueId IntegerGraph::constant(DType type, llvm::ArrayRef<int64_t> shape) {
  return constant(randomTensor(random, type, shape));
}

ValueId IntegerGraph::extremes(DType type, llvm::ArrayRef<int64_t> shape) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(type, shape));
  for (uint8_t &byte : tensor.mutableBytes())
    byte = type == DType::i8 ? 0x7f : 0xff;
  return constant(std::move(tensor));
}

std::vector<int32_t> IntegerGraph::zeroPoints(DType type, int64_t count) {
  std::vector<int32_t> points;
  if (random() % 4 == 0)
    return points;
  points.resize(random() % 2 ? 1 : count);
  const bool isSigned = type == DType::i8;
  // Half the time those of weights that exporters make.
  const bool isMiddle = random() % 2;
  for (int32_t &point : points)
    point = isMiddle   ? (isSigned ? 0 : 128)
            : isSigned ? int32_t(pick(random, -128, 127))
                       : int32_t(pick(random, 0, 255));
  return points;
}

std::optional<ValueId> IntegerGraph::findOf(llvm::ArrayRef<int64_t> shape) {
  std::vector<ValueId> found;
  for (ValueId plane : planes)
    if (b.shape(plane) == shape)
      found.push_back(plane);
  if (found.empty())
    return std::nullopt;
  return found[random() % found.size()];
}

std::optional<ValueId> IntegerGraph::findLike(ValueId value) {
  return findOf(b.shape(value));
}

Epilogue IntegerGraph::tail(llvm::ArrayRef<int64_t> shape, size_t channelDim) {
  if (random() % 8 == 0)
    return {};
  std::vector<int64_t> perChannel(shape.size(), 1);
  perChannel[channelDim] = shape[channelDim];
  const std::vector<int64_t> single(shape.size(), 1);
  Tensor bias = randomTensor(random, DType::i32, perChannel);
  for (int32_t &value : bias.mutableElements<int32_t>())
    value >>= 12;
  // Powers of two make ties.
  Tensor scale = llvm::cantFail(
      Tensor::zeros(DType::f32, random() % 2 ? perChannel : single));
  for (float &value : scale.mutableElements<float>()) {
    value = std::ldexp(1.0f, int(pick(random, -16, -6)));
    if (random() % 2)
      value *= 1 + float(pick(random, 0, 1 << 23)) * 0x1p-23f;
  }
  const DType type = pickByte();
  std::vector<DType> types{DType::i32, DType::i32, DType::f32};
  Epilogue epilogue{std::nullopt,
                    {constant(std::move(bias)), constant(std::move(scale))}};
  const std::optional<ValueId> residual =
      random() % 3 ? std::nullopt : findOf(shape);
  if (residual) {
    types.push_back(b.dtype(*residual));
    epilogue.extras.push_back(*residual);
  }
  RegionBuilder region(types);
  const ScalarId sum = region.add(region.parameter(0), region.parameter(1));
  const ScalarId zeroPoint =
      region.constantOf(type, double(pick(random, 0, 127)));
  ScalarId result = zeroPoint;
  const unsigned form = random() % 3;
  if (form == 0 && !residual) {
    result = region.rescaleFp32Rne(sum, region.parameter(2), zeroPoint);
  } else {
    ScalarId real =
        region.mul(region.cast(DType::f32, sum), region.parameter(2));
    if (residual)
      real =
          region.add(real, region.dequantize(region.parameter(3),
                                             region.constantOf(DType::f32, 0.5),
                                             region.constantOf(types[3], 3)));
    if (form == 1) {
      region.yield(real);
      epilogue.region = region;
      return epilogue;
    }
    result = region.quantize(real, region.constantOf(DType::f32, 1), zeroPoint);
  }
  if (random() % 2)
    result = region.max(result, zeroPoint);
  region.yield(result);
  epilogue.region = region;
  return epilogue;
}

RegionBuilder IntegerGraph::clamp(DType type) {
  RegionBuilder region({type});
  region.yield(region.min(region.parameter(0), region.constantOf(type, 100)));
  return region;
}

void IntegerGraph::keep(ValueId value) {
  const DType type = b.dtype(value);
  if (type == DType::i8 || type == DType::u8)
    planes.push_back(value);
  else
    b.output(value);
}

void IntegerGraph::expectExact() {
  const std::vector<llvm::ArrayRef<uint8_t>> views(segments.begin(),
                                                   segments.end());
  expectAgreement(b, inputs, {}, {}, views);
}

} // namespace glowplug::cputest
