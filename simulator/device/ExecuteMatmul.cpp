// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The systolic array's command. This is where a simulation with data spends its
// time: the inner loops have a fixed number of columns.

#include "simulator/device/Execute.h"

#include <array>

namespace glowplug::npu {

namespace {

/// A block of R x R weights less their zero points; rows over \p rows are 0.
template <int R>
struct WeightBlock {
  alignas(64) std::array<std::array<std::int32_t, R>, R> value{};

  void read(const Matmul &c, const Memories &m, std::int64_t address,
            int rows) {
    std::array<std::int32_t, R> zero;
    for (int n = 0; n < R; ++n)
      zero[n] =
          c.weightZpColumns != 0
              ? valueOf(m.scratchpad[c.weightZpAddr + n], c.weightUnsigned != 0)
              : c.weightZp;
    for (int row = 0; row < R; ++row)
      for (int n = 0; n < R; ++n)
        value[row][n] =
            row < rows
                ? valueOf(m.scratchpad[address + row * c.weightRowStep + n],
                          c.weightUnsigned != 0) -
                      zero[n]
                : 0;
  }
};

/// sums += row * block, wrapping.
template <int R>
void multiply(const std::uint8_t *row, const Matmul &c,
              const WeightBlock<R> &block, std::int32_t *sums) {
  std::array<std::int32_t, R> in;
  if (c.inputUnsigned != 0)
    for (int i = 0; i < R; ++i)
      in[i] = row[i] - c.inputZp;
  else
    for (int i = 0; i < R; ++i)
      in[i] = static_cast<std::int8_t>(row[i]) - c.inputZp;
  std::array<std::uint32_t, R> total;
  for (int n = 0; n < R; ++n)
    total[n] = static_cast<std::uint32_t>(sums[n]);
  // Products have at most 18 bits, so they fit; sums wrap.
  for (int i = 0; i < R; ++i)
    for (int n = 0; n < R; ++n)
      total[n] += static_cast<std::uint32_t>(in[i] * block.value[i][n]);
  for (int n = 0; n < R; ++n)
    sums[n] = static_cast<std::int32_t>(total[n]);
}

template <int R>
void run(const Matmul &c, Memories &m) {
  std::int32_t *tile = &m.accumulator[std::int64_t(c.accAddr) * R];
  if (c.accumulate == 0)
    std::memset(tile, 0, std::size_t(c.outH) * c.outW * R * sizeof *tile);
  WeightBlock<R> block;
  std::int64_t address = c.weightAddr;
  for (int kc = 0; kc < c.blocks; ++kc)
    for (int kh = 0; kh < c.kernelH; ++kh)
      for (int kw = 0; kw < c.kernelW; ++kw) {
        block.read(c, m, address, kc + 1 == c.blocks ? c.lastRows : R);
        address += c.weightBlockStep;
        for (int oh = 0; oh < c.outH; ++oh) {
          const int ih = oh * c.strideH + kh * c.dilationH - c.padTop;
          if (ih < 0 || ih >= c.inH)
            continue;
          const std::int64_t line = c.srcAddr + std::int64_t(kc) * c.stepC +
                                    std::int64_t(ih) * c.stepH;
          std::int32_t *sums = tile + std::int64_t(oh) * c.outW * R;
          for (int ow = 0; ow < c.outW; ++ow) {
            const int iw = ow * c.strideW + kw * c.dilationW - c.padLeft;
            if (iw >= 0 && iw < c.inW)
              multiply<R>(&m.scratchpad[line + std::int64_t(iw) * c.stepW], c,
                          block, sums + std::int64_t(ow) * R);
          }
        }
      }
}

} // namespace

void execute(const Matmul &command, Memories &memories) {
  switch (memories.config.arrayRows) {
  case 4:
    return run<4>(command, memories);
  case 8:
    return run<8>(command, memories);
  case 16:
    return run<16>(command, memories);
  default:
    return run<32>(command, memories);
  }
}

} // namespace glowplug::npu
