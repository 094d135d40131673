// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The systolic array's command: a loop over weight blocks and output rows
// around the kernel.

#include "simulator/device/Effects.h"
#include "simulator/device/MatmulKernel.h"

#include <algorithm>
#include <array>

namespace glowplug::npu {

/// Two rows of weights less their zero points, beside each other.
template <int R, typename Byte>
static void packRows(const std::uint8_t *even, const std::uint8_t *odd,
                     const std::int16_t *zero, std::int16_t *pairs) {
  for (int n = 0; n < R; ++n) {
    pairs[2 * n] =
        static_cast<std::int16_t>(static_cast<Byte>(even[n]) - zero[n]);
    pairs[2 * n + 1] =
        static_cast<std::int16_t>(static_cast<Byte>(odd[n]) - zero[n]);
  }
}

/// Reads the block at \p address less its zero points; rows from \p rows on are
/// 0.
template <int R, typename Byte>
static void readWeights(const Matmul &c, const Memories &m,
                        std::int64_t address, int rows, PackedWeights &block) {
  std::array<std::int16_t, R> zero;
  zero.fill(static_cast<std::int16_t>(c.weightZp));
  for (int n = 0; n < R && c.weightZpColumns != 0; ++n)
    zero[n] = static_cast<Byte>(m.scratchpad[c.weightZpAddr + n]);
  const std::uint8_t *row = &m.scratchpad[address];
  for (int k = 0; k < R; k += 2, row += 2 * std::int64_t(c.weightRowStep)) {
    std::int16_t *pairs = &block.pairs[k * R];
    if (k >= rows) {
      std::fill_n(pairs, 2 * R, std::int16_t(0));
      continue;
    }
    const bool both = k + 1 < rows;
    packRows<R, Byte>(row, both ? row + c.weightRowStep : row, zero.data(),
                      pairs);
    for (int n = 0; n < R && !both; ++n)
      pairs[2 * n + 1] = 0;
  }
}

/// The output positions whose input lies in [0, in), for one tap.
struct Outputs {
  int begin, end;
};
static Outputs outputsOf(int out, int in, int stride, int offset) {
  // 0 <= o * stride + offset < in
  const int begin = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const int end = in - offset <= 0 ? 0 : (in - offset - 1) / stride + 1;
  return {std::min(begin, out), std::min(end, out)};
}

template <int R, typename Byte>
static void run(const Matmul &c, Memories &m) {
  constexpr std::int64_t r = R;
  const MatmulKernel kernel = matmulKernel(R);
  std::int32_t *tile = &m.accumulator[c.accAddr * r];
  if (c.accumulate == 0)
    std::fill_n(tile, std::int64_t(c.outH) * c.outW * r, 0);
  PackedWeights block;
  RowRun rows{};
  rows.step = std::int64_t(c.strideW) * c.stepW;
  rows.isUnsigned = c.inputUnsigned != 0;
  rows.zeroPoint = static_cast<std::int16_t>(c.inputZp);
  std::int64_t address = c.weightAddr;
  for (int kc = 0; kc < c.blocks; ++kc)
    for (int kh = 0; kh < c.kernelH; ++kh)
      for (int kw = 0; kw < c.kernelW; ++kw) {
        readWeights<R, Byte>(c, m, address, kc + 1 == c.blocks ? c.lastRows : R,
                             block);
        address += c.weightBlockStep;
        const int offsetH = kh * c.dilationH - c.padTop;
        const int offsetW = kw * c.dilationW - c.padLeft;
        const Outputs h = outputsOf(c.outH, c.inH, c.strideH, offsetH);
        const Outputs w = outputsOf(c.outW, c.inW, c.strideW, offsetW);
        rows.count = w.end - w.begin;
        for (int oh = h.begin; oh < h.end && rows.count > 0; ++oh) {
          const std::int64_t ih = std::int64_t(oh) * c.strideH + offsetH;
          const std::int64_t iw = std::int64_t(w.begin) * c.strideW + offsetW;
          rows.input = &m.scratchpad[c.srcAddr + kc * std::int64_t(c.stepC) +
                                     ih * c.stepH + iw * c.stepW];
          rows.sums = tile + (std::int64_t(oh) * c.outW + w.begin) * r;
          kernel(rows, block);
        }
      }
}

template <int R>
static void runOf(const Matmul &command, Memories &memories) {
  if (command.weightUnsigned != 0)
    run<R, std::uint8_t>(command, memories);
  else
    run<R, std::int8_t>(command, memories);
}

void apply(const Matmul &command, Memories &memories) {
  switch (memories.config.arrayRows) {
  case 4:
    return runOf<4>(command, memories);
  case 8:
    return runOf<8>(command, memories);
  case 16:
    return runOf<16>(command, memories);
  default:
    return runOf<32>(command, memories);
  }
}

} // namespace glowplug::npu
