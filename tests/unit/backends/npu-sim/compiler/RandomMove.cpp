// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random movements of data.

#include "tests/unit/backends/npu-sim/compiler/RandomProgram.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace glowplug::compilertest {

bool RandomProgram::addReshape() {
  const ValueId x = operand(0, 5);
  Dims shape = shapeOf(x);
  if (shape.empty() || chance(10))
    shape.insert(shape.begin(), 1);
  if (chance(20))
    std::erase(shape, 1);
  for (std::int64_t n = pick(random, 1, 3); n > 0; --n) {
    if (shape.empty())
      break;
    const auto at = static_cast<std::size_t>(
        pick(random, 0, static_cast<std::int64_t>(shape.size()) - 1));
    if (chance(50) && shape.size() > 1) {
      // Merge two neighbours.
      const std::size_t first = std::min(at, shape.size() - 2);
      shape[first] *= shape[first + 1];
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(first) + 1);
    } else if (shape.size() < 6) {
      std::vector<std::int64_t> divisors;
      for (std::int64_t k = 1; k <= shape[at]; ++k)
        if (shape[at] % k == 0)
          divisors.push_back(k);
      const std::int64_t k = divisors[static_cast<std::size_t>(
          pick(random, 0, static_cast<std::int64_t>(divisors.size()) - 1))];
      shape[at] /= k;
      shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(at), k);
    }
  }
  const ValueId y = b.reshape(x, shape);
  note(fmt::format("reshape v{}", static_cast<unsigned>(x)), y);
  made(y);
  return true;
}

bool RandomProgram::addTranspose() {
  const ValueId x = operand(2, 5);
  DimList permutation(b.shape(x).size());
  std::iota(permutation.begin(), permutation.end(), 0);
  for (std::size_t i = permutation.size() - 1; i > 0; --i)
    std::swap(permutation[i], permutation[static_cast<std::size_t>(
                                  pick(random, 0, static_cast<int>(i)))]);
  const ValueId y = b.transpose(x, permutation);
  note(fmt::format("transpose v{} {}", static_cast<unsigned>(x),
                   textOf(permutation)),
       y);
  made(y);
  return true;
}

bool RandomProgram::addSlice() {
  const ValueId x = operand(1, 5);
  const Dims in = shapeOf(x);
  Dims starts(in.size(), 0), strides(in.size(), 1), shape = in;
  for (std::size_t d = 0; d < in.size(); ++d)
    if (chance(60)) {
      starts[d] = pick(random, 0, in[d] - 1);
      if (chance(40) && starts[d] >= lanes)
        starts[d] = starts[d] / lanes * lanes;
      strides[d] = chance(60) ? 1 : pick(random, 1, 3);
      const std::int64_t most = (in[d] - 1 - starts[d]) / strides[d] + 1;
      shape[d] = pick(random, std::max<std::int64_t>(1, most - 5), most);
    }
  const ValueId y = b.slice(x, starts, shape, strides);
  note(fmt::format("slice v{} at {} strides {}", static_cast<unsigned>(x),
                   textOf(starts), textOf(strides)),
       y);
  made(y);
  return true;
}

bool RandomProgram::addConcat() {
  const ValueId x = operand(1, 5);
  const DType type = b.dtype(x);
  const Dims shape = shapeOf(x);
  const std::int64_t dim =
      shape.size() > 2 && chance(60)
          ? 1
          : pick(random, 0, static_cast<std::int64_t>(shape.size()) - 1);
  std::vector<ValueId> parts{x};
  for (std::int64_t n = pick(random, 1, 3); n > 0; --n) {
    Dims other = shape;
    if (chance(60))
      other[static_cast<std::size_t>(dim)] = pickChannels();
    std::optional<ValueId> part = viewLike(other);
    if (!part || b.dtype(*part) != type)
      part = input(type, other);
    parts.push_back(*part);
  }
  std::swap(parts[0],
            parts[static_cast<std::size_t>(
                pick(random, 0, static_cast<std::int64_t>(parts.size()) - 1))]);
  const ValueId y = b.concat(parts, dim);
  std::string names;
  for (ValueId each : parts)
    names += fmt::format(" v{}", static_cast<unsigned>(each));
  note(fmt::format("concat{} dim {}", names, dim), y);
  made(y);
  return true;
}

bool RandomProgram::addPad() {
  const ValueId x = operand(1, 5);
  const Dims in = shapeOf(x);
  DimList low(in.size(), 0), high(in.size(), 0);
  for (std::size_t d = 0; d < in.size(); ++d)
    if (chance(50)) {
      low[d] = pick(random, 0, 3);
      high[d] = pick(random, 0, 3);
    }
  const DType type = b.dtype(x);
  const ValueId value =
      b.splatBytes(type, {}, static_cast<std::uint8_t>(random()));
  const ValueId y = b.pad(x, value, low, high);
  note(fmt::format("pad v{} {} {}", static_cast<unsigned>(x), textOf(low),
                   textOf(high)),
       y);
  made(y);
  return true;
}

bool RandomProgram::addBroadcast() {
  const ValueId x = operand(1, 4);
  Dims shape = shapeOf(x);
  bool isSame = true;
  for (std::int64_t &dim : shape)
    if (dim == 1 && chance(60)) {
      dim = pick(random, 1, 5);
      isSame = isSame && dim == 1;
    }
  if (isSame)
    return false;
  const ValueId y = b.broadcast(x, shape);
  note(fmt::format("broadcast v{}", static_cast<unsigned>(x)), y);
  made(y);
  return true;
}

} // namespace glowplug::compilertest
