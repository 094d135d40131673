// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random convolutions, matrix products, pools, reductions and maps.

#include "tests/unit/backends/npu-sim/compiler/RandomProgram.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace glowplug::compilertest {

namespace {

/// Bits of a sum of \p count products of two bytes, about.
int bitsOf(std::int64_t count) {
  return 13 + std::bit_width(static_cast<std::uint64_t>(count)) / 2;
}

} // namespace

ValueId RandomProgram::weightsOf(DType type, const Dims &shape) {
  if (chance(5))
    return b.splatBytes(type, shape, static_cast<std::uint8_t>(random()));
  return constant(randomTensor(random, type, shape));
}

bool RandomProgram::addConv(Kind kind) {
  const ValueId x = operand(3, 4);
  const Dims in = shapeOf(x);
  const std::size_t dims = in.size() - 2;
  std::int64_t groups = 1, outputs = pickChannels();
  if (kind == Kind::Depthwise) {
    groups = outputs = in[1];
  } else if (kind == Kind::Grouped) {
    std::vector<std::int64_t> divisors;
    for (std::int64_t g = 1; g <= in[1]; ++g)
      if (in[1] % g == 0)
        divisors.push_back(g);
    groups = divisors[static_cast<std::size_t>(
        pick(random, 0, static_cast<std::int64_t>(divisors.size()) - 1))];
    outputs = groups * pick(random, 1, std::max<std::int64_t>(1, 40 / groups));
  }
  // Inputs of single results that are near all the room there is.
  const bool isWide = chance(15);
  ConvOptions options;
  options.groups = groups;
  Dims kernel{outputs, in[1] / groups}, result{in[0], outputs};
  for (std::size_t d = 0; d < dims; ++d) {
    const std::int64_t size = in[d + 2];
    const std::int64_t k =
        isWide ? pick(random, 4, 7) : pick(random, 1, chance(15) ? 7 : 4);
    const std::int64_t dilation =
        chance(75) || kind == Kind::Depthwise ? 1 : pick(random, 1, 3);
    const std::int64_t span = (k - 1) * dilation + 1;
    std::int64_t low = chance(40) ? 0 : pick(random, 0, span - 1);
    std::int64_t high = chance(40) ? 0 : pick(random, 0, span - 1);
    high = std::max(high, span - size - low);
    const std::int64_t stride = chance(50) ? 1 : pick(random, 1, 4);
    kernel.push_back(k);
    options.strides.push_back(stride);
    options.dilations.push_back(dilation);
    options.padsLow.push_back(low);
    options.padsHigh.push_back(high);
    result.push_back((size + low + high - span) / stride + 1);
  }
  const DType type = byteType();
  if (chance(70))
    options.lhsZp = {pickByte(b.dtype(x))};
  if (chance(40))
    for (std::int64_t n = 0; n < outputs; ++n)
      options.rhsZp.push_back(pickByte(type));
  else if (chance(50))
    options.rhsZp = {pickByte(type)};
  std::int64_t products = 1;
  for (std::size_t d = 1; d < kernel.size(); ++d)
    products *= kernel[d];
  options.epilogue = epilogue(result, 1, bitsOf(products), DType::i32);
  const ValueId w = weightsOf(type, kernel);
  const ValueId y = b.conv(x, w, options);
  note(fmt::format("conv v{} kernel {} {} strides {} dilations {} pads {} {} "
                   "groups {} zp {} {}",
                   static_cast<unsigned>(x), dtypeName(type).str(),
                   textOf(kernel), textOf(options.strides),
                   textOf(options.dilations), textOf(options.padsLow),
                   textOf(options.padsHigh), groups, options.lhsZp.size(),
                   options.rhsZp.size()),
       y);
  made(y);
  return true;
}

bool RandomProgram::addMatMul(bool isDynamic) {
  const ValueId x = operand(2, isLarge ? 3 : 4);
  const Dims in = shapeOf(x);
  const std::size_t rank = in.size();
  Dims weights = in;
  const std::int64_t columns = pickChannels();
  weights[rank - 2] = in[rank - 1];
  weights[rank - 1] = columns;
  if (chance(40))
    std::fill(weights.begin(), weights.end() - 2, 1);
  Dims result = in;
  result[rank - 1] = columns;
  std::optional<ValueId> w;
  if (isDynamic) {
    // Attention: the second matrix has the shape of the first, or is a slice
    // or a view of it.
    Dims turned = weights;
    if (chance(50)) {
      if (chance(50)) {
        weights[rank - 1] = columns;
        std::swap(turned[rank - 2], turned[rank - 1]);
        const ValueId before = operandLike(turned, false);
        DimList permutation;
        for (std::size_t d = 0; d < rank; ++d)
          permutation.push_back(static_cast<std::int64_t>(d));
        std::swap(permutation[rank - 2], permutation[rank - 1]);
        w = b.transpose(before, permutation);
        note(fmt::format("transpose v{} {}", static_cast<unsigned>(before),
                         textOf(permutation)),
             *w);
      } else {
        // A part of a larger value.
        Dims larger = weights, starts(rank, 0);
        for (std::size_t d = 0; d < rank; ++d)
          if (chance(40)) {
            starts[d] = pick(random, 0, 3);
            larger[d] += starts[d] + pick(random, 0, 3);
          }
        const ValueId before = input(byteType(), larger);
        w = b.slice(before, starts, weights);
        note(fmt::format("slice v{} at {}", static_cast<unsigned>(before),
                         textOf(starts)),
             *w);
      }
    } else {
      w = operandLike(weights, false);
    }
  }
  const DType type = w ? b.dtype(*w) : byteType();
  MatMulOptions options;
  if (chance(70))
    options.lhsZp = {pickByte(b.dtype(x))};
  if (!isDynamic && chance(40))
    for (std::int64_t n = 0; n < columns; ++n)
      options.rhsZp.push_back(pickByte(type));
  else if (chance(50))
    options.rhsZp = {pickByte(type)};
  options.epilogue = epilogue(result, static_cast<int>(rank) - 1,
                              bitsOf(in[rank - 1]), DType::i32);
  if (!w)
    w = weightsOf(type, weights);
  const ValueId y = b.matmul(x, *w, options);
  note(fmt::format("matmul v{} {}{} {} zp {} {}", static_cast<unsigned>(x),
                   isDynamic ? "v" : "constant ",
                   isDynamic ? fmt::format("{}", static_cast<unsigned>(*w))
                             : dtypeName(type).str(),
                   textOf(weights), options.lhsZp.size(), options.rhsZp.size()),
       y);
  made(y);
  return true;
}

bool RandomProgram::addPool() {
  const ValueId x = operand(3, 4);
  const Dims in = shapeOf(x);
  const bool isMax = chance(50);
  DimList sizes{1, 1};
  WindowOptions options;
  options.strides = options.dilations = {1, 1};
  options.padsLow = options.padsHigh = {0, 0};
  Dims result{in[0], in[1]};
  std::int64_t count = 1;
  for (std::size_t d = 2; d < in.size(); ++d) {
    const std::int64_t k = pick(random, 1, chance(15) ? 6 : 3);
    std::int64_t low = chance(50) ? 0 : pick(random, 0, k - 1);
    std::int64_t high = chance(50) ? 0 : pick(random, 0, k - 1);
    high = std::max(high, k - in[d] - low);
    const std::int64_t stride = pick(random, 1, 3);
    sizes.push_back(k);
    options.strides.push_back(stride);
    options.dilations.push_back(1);
    options.padsLow.push_back(low);
    options.padsHigh.push_back(high);
    result.push_back((in[d] + low + high - k) / stride + 1);
    count *= k;
  }
  options.epilogue = epilogue(result, 1, 7 + bitsOf(count) - 13,
                              isMax ? b.dtype(x) : DType::i32);
  const ValueId y =
      b.window(isMax ? image::ReduceKind::max : image::ReduceKind::sum, x,
               sizes, options);
  note(fmt::format("{} v{} sizes {} strides {} pads {} {}",
                   isMax ? "max" : "sum", static_cast<unsigned>(x),
                   textOf(sizes), textOf(options.strides),
                   textOf(options.padsLow), textOf(options.padsHigh)),
       y);
  made(y);
  return true;
}

bool RandomProgram::addReduce() {
  const ValueId x = operand(3, 4);
  const Dims in = shapeOf(x);
  const bool isMax = chance(50);
  Dims result = in;
  DimList dims;
  for (std::size_t d = 2; d < in.size(); ++d) {
    dims.push_back(static_cast<std::int64_t>(d));
    result[d] = 1;
  }
  const ValueId y =
      b.reduce(isMax ? image::ReduceKind::max : image::ReduceKind::sum, x, dims,
               epilogue(result, 1, 12, isMax ? b.dtype(x) : DType::i32));
  note(fmt::format("reduce {} v{}", isMax ? "max" : "sum",
                   static_cast<unsigned>(x)),
       y);
  made(y);
  return true;
}

bool RandomProgram::addMap() {
  const ValueId x = operand(0, 5);
  const Dims shape = shapeOf(x);
  const int last = static_cast<int>(shape.size()) - 1;
  leavesWords = false;
  // The first operand stands for the accumulator.
  Epilogue map =
      epilogue(shape, last >= 2 && chance(80) ? 1 : last, 8, b.dtype(x));
  map.extras.insert(map.extras.begin(), x);
  if (!map.region)
    return false;
  const ValueId y = b.mapTo(shape, *map.region, map.extras);
  std::string names;
  for (ValueId each : map.extras)
    names += fmt::format(" v{}", static_cast<unsigned>(each));
  note("map" + names, y);
  made(y);
  return true;
}

} // namespace glowplug::compilertest
