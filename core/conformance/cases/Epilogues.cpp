// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Regions that turn sums into results.

#include "core/conformance/cases/Epilogues.h"

#include "core/conformance/cases/Data.h"

#include <glowplug/arithmetic.h>

#include <array>
#include <cmath>

namespace glowplug::conformance {

using image::ScalarOp;

static constexpr std::array<const char *, 9> names = {
    "none",     "relu",        "bias",        "bias_residual", "sigmoid",
    "fp32_rne", "tosa_single", "tosa_double", "table"};

std::string epilogueName(EpilogueKind kind) {
  return names[static_cast<size_t>(kind)];
}

std::string recipeOf(EpilogueKind kind) {
  switch (kind) {
  case EpilogueKind::fp32Rne:
  case EpilogueKind::table:
    return "fp32_rne";
  case EpilogueKind::tosaSingle:
  case EpilogueKind::tosaDouble:
    return epilogueName(kind);
  default:
    return "";
  }
}

bool suits(EpilogueKind kind, DType accumulator) {
  switch (kind) {
  case EpilogueKind::none:
  case EpilogueKind::relu:
  case EpilogueKind::bias:
  case EpilogueKind::biasResidual:
    return true;
  case EpilogueKind::sigmoid:
    return isFloat(accumulator);
  default:
    return accumulator == DType::i32;
  }
}

namespace {

class Maker {
public:
  Maker(const EpiloguePlace &place, ProgramSampleBuilder &sample,
        Random &random)
      : place(place), sample(sample), random(random) {}

  llvm::Expected<Epilogue> make(EpilogueKind kind);

private:
  llvm::SmallVector<int64_t, 4> channelShape() const {
    llvm::SmallVector<int64_t, 4> shape(place.shape.size(), 1);
    if (place.channel < shape.size())
      shape[place.channel] = place.shape[place.channel];
    return shape;
  }
  /// One value per channel, as a constant.
  template <typename T, typename Draw>
  ValueId perChannel(Draw draw) {
    const llvm::SmallVector<int64_t, 4> shape = channelShape();
    std::vector<T> values(static_cast<size_t>(*elementCount(shape)));
    for (T &value : values)
      value = draw();
    return sample.constant(Tensor::of(shape, llvm::ArrayRef<T>(values)));
  }
  llvm::Error addBias(bool hasResidual);
  void addRescale(EpilogueKind kind);
  ScalarId scaled(RegionBuilder &region, EpilogueKind kind, ScalarId sum,
                  ScalarId zeroPoint);

  const EpiloguePlace &place;
  ProgramSampleBuilder &sample;
  Random &random;
  std::vector<ValueId> extras;
  std::vector<DType> parameters;
};

llvm::Error Maker::addBias(bool hasResidual) {
  const DataSet set =
      isFloat(place.accumulator) ? DataSet::fullRange : DataSet::ties;
  llvm::Expected<Tensor> bias =
      makeTensor(place.accumulator, channelShape(), {set}, random);
  if (!bias)
    return bias.takeError();
  extras.push_back(sample.constant(*bias));
  parameters.push_back(place.accumulator);
  if (!hasResidual)
    return llvm::Error::success();
  llvm::Expected<Tensor> residual =
      makeTensor(place.accumulator, place.shape, {set}, random);
  if (!residual)
    return residual.takeError();
  extras.push_back(sample.input(std::move(*residual)));
  parameters.push_back(place.accumulator);
  return llvm::Error::success();
}

/// To the range of 8 bits, in twice its width, so that some saturate.
void Maker::addRescale(EpilogueKind kind) {
  const double scale = 200 / std::max(place.largest, 1.0);
  const double power = std::exp2(std::round(std::log2(scale)));
  const auto draw = [&] {
    return place.hasTies ? power : scale * (0.7 + 0.6 * random.unit());
  };
  if (kind == EpilogueKind::fp32Rne || kind == EpilogueKind::table) {
    extras.push_back(
        perChannel<float>([&] { return static_cast<float>(draw()); }));
    parameters.push_back(DType::f32);
    return;
  }
  std::vector<int32_t> shifts;
  extras.push_back(perChannel<int32_t>([&] {
    const arithmetic::IntegerScale integer = arithmetic::integerScale(draw());
    shifts.push_back(integer.shift);
    return integer.multiplier;
  }));
  parameters.push_back(DType::i32);
  extras.push_back(perChannel<int32_t>(
      [&, i = size_t{0}]() mutable { return shifts[i++]; }));
  parameters.push_back(DType::i32);
}

ScalarId Maker::scaled(RegionBuilder &region, EpilogueKind kind, ScalarId sum,
                       ScalarId zeroPoint) {
  if (kind == EpilogueKind::fp32Rne || kind == EpilogueKind::table)
    return region.rescaleFp32Rne(sum, region.parameter(2), zeroPoint);
  return region.rescaleTosa(
      kind == EpilogueKind::tosaSingle ? ScalarOp::rescale_tosa_single
                                       : ScalarOp::rescale_tosa_double,
      sum, region.parameter(2), region.parameter(3), zeroPoint);
}

llvm::Expected<Epilogue> Maker::make(EpilogueKind kind) {
  if (kind == EpilogueKind::none)
    return Epilogue{};
  parameters = {place.accumulator};
  const bool isRescale = !recipeOf(kind).empty();
  if (kind != EpilogueKind::relu && kind != EpilogueKind::sigmoid)
    if (llvm::Error error = addBias(kind == EpilogueKind::biasResidual))
      return std::move(error);
  if (isRescale)
    addRescale(kind);

  RegionBuilder region(parameters);
  ScalarId value = region.parameter(0);
  if (kind != EpilogueKind::relu && kind != EpilogueKind::sigmoid)
    value = region.add(value, region.parameter(1));
  if (kind == EpilogueKind::biasResidual)
    value = region.add(value, region.parameter(2));
  if (kind == EpilogueKind::relu || kind == EpilogueKind::biasResidual)
    value = region.max(value, region.constantOf(place.accumulator, 0));
  if (kind == EpilogueKind::sigmoid) {
    const ScalarId one = region.constantOf(place.accumulator, 1);
    const ScalarId power =
        region.unary(ScalarOp::exp, region.unary(ScalarOp::neg, value));
    value = region.div(one, region.add(one, power));
  }
  if (isRescale) {
    const bool isSigned = random.chance(0.5);
    const ScalarId zeroPoint =
        isSigned ? region.constant<int8_t>(
                       static_cast<int8_t>(random.range(-20, 20)))
                 : region.constant<uint8_t>(
                       static_cast<uint8_t>(random.range(100, 150)));
    value = scaled(region, kind, value, zeroPoint);
    if (kind == EpilogueKind::table) {
      std::vector<int8_t> entries(256);
      for (int8_t &entry : entries)
        entry = static_cast<int8_t>(random.next());
      value = region.table(
          value, Tensor::of<int8_t>(256, llvm::ArrayRef<int8_t>(entries)));
    }
  } else if (isFloat(place.result) && place.result != place.accumulator) {
    value = region.cast(place.result, value);
  }
  region.yield(value);
  return Epilogue{std::move(region), extras};
}

} // namespace

llvm::Expected<Epilogue> makeEpilogue(EpilogueKind kind,
                                      const EpiloguePlace &place,
                                      ProgramSampleBuilder &sample,
                                      Random &random) {
  return Maker(place, sample, random).make(kind);
}

} // namespace glowplug::conformance
