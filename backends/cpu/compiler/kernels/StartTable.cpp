// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of weights over the taps inside of the input: when compiled, for all
// corners; in the code, for the rectangle at hand.

#include "backends/cpu/compiler/kernels/StartTable.h"

#include "backends/cpu/compiler/kernels/Conv.h"

#include "llvm/IR/Intrinsics.h"

#include <cassert>
#include <map>

using namespace llvm;

namespace glowplug::cpu {

Value *StartTable::entry(IRBuilder<> &builder, unsigned lanes, Value *row,
                         int64_t column) const {
  auto *type = FixedVectorType::get(builder.getInt32Ty(), lanes);
  Value *corner = plus(builder, scaled(builder, row, columnKernel + 1), column);
  Value *index = plus(builder, scaled(builder, corner, blocks), block);
  Value *address = elementAt(builder, base, scaled(builder, index, lanes));
  return builder.CreateAlignedLoad(type, address, Align(4));
}

void StartTable::fill(IRBuilder<> &builder, const ValueRange &rows,
                      const ColumnClass &tile, Tile &acc,
                      unsigned vector) const {
  // A window that lies wholly in the padding has no taps, at either end.
  Value *zero = builder.getInt64(0);
  Value *end = builder.CreateBinaryIntrinsic(Intrinsic::smax, rows.end, zero);
  Value *begin =
      builder.CreateBinaryIntrinsic(Intrinsic::smin, rows.begin, end);
  auto *type = cast<FixedVectorType>(acc.acc(0, vector)->getType());
  const unsigned lanes = type->getNumElements();
  const auto isZero = [](Value *value) {
    auto *constant = dyn_cast<ConstantInt>(value);
    return constant && constant->isZero();
  };
  // Taps [first, last) of a kernel row, for all rows that read inside.
  const auto sumOf = [&](int64_t first, int64_t last) -> Value * {
    const auto above = [&](Value *row) {
      Value *sum = entry(builder, lanes, row, last);
      return first == 0
                 ? sum
                 : builder.CreateSub(sum, entry(builder, lanes, row, first));
    };
    Value *sum = above(end);
    return isZero(begin) ? sum : builder.CreateSub(sum, above(begin));
  };
  std::map<std::pair<int64_t, int64_t>, Value *> known;
  for (unsigned pixel = 0; pixel < acc.rows; ++pixel) {
    int64_t first = 0;
    int64_t last = 0;
    for (int64_t k = 0; k < columnKernel; ++k) {
      const Range &inside = tile.taps[k];
      if (pixel < inside.begin || pixel >= inside.end)
        continue;
      first = last == 0 ? k : first;
      last = k + 1;
    }
    Value *&start = known[{first, last}];
    if (!start)
      start = last == 0 ? Constant::getNullValue(type) : sumOf(first, last);
    acc.acc(pixel, vector) = start;
  }
}

void packConvStart(const ConvPlan &plan, ArrayRef<int16_t> weights,
                   int32_t inputZero, MutableArrayRef<int32_t> start) {
  assert(int64_t(start.size()) == plan.startElements());
  const ConvSpec &spec = plan.spec;
  const int64_t lanes = plan.target.lanes;
  const int64_t perGroup = spec.outChannels / plan.kernelGroups();
  const int64_t padded = plan.kernelGroups() * plan.outBlocks() * lanes;
  const int64_t height = spec.rows.kernel;
  const int64_t width = spec.columns.kernel;
  // In unsigned arithmetic, which wraps as the accumulators do.
  std::vector<uint32_t> sums(start.size());
  const auto at = [&](int64_t row, int64_t column,
                      int64_t channel) -> uint32_t & {
    return sums[(row * (width + 1) + column) * padded + channel];
  };
  for (int64_t o = 0; o < spec.outChannels; ++o) {
    const int64_t place =
        o / perGroup * plan.outBlocks() * lanes + o % perGroup;
    for (int64_t i = 0; i < plan.groupIn(); ++i)
      for (int64_t h = 0; h < height; ++h)
        for (int64_t w = 0; w < width; ++w)
          at(h + 1, w + 1, place) +=
              weights[((o * plan.groupIn() + i) * height + h) * width + w];
  }
  for (int64_t h = 1; h <= height; ++h)
    for (int64_t w = 1; w <= width; ++w)
      for (int64_t o = 0; o < padded; ++o)
        at(h, w, o) += at(h - 1, w, o) + at(h, w - 1, o) - at(h - 1, w - 1, o);
  for (size_t i = 0; i < sums.size(); ++i)
    start[i] = static_cast<int32_t>(0u - uint32_t(inputZero) * sums[i]);
}

} // namespace glowplug::cpu
