// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The commands with windows: the array block by block and row by row, and the
// depthwise engine with a line buffer of its own.

#include "tests/unit/simulator/energy/OneByOne.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace glowplug::npu::test {

template <typename T>
static bool exists(const T &c, int row, int column) {
  return row >= 0 && row < c.inH && column >= 0 && column < c.inW;
}

void doOneByOne(const Matmul &c, const Config &config, Counts &counts) {
  const int r = config.arrayRows;
  if (c.weightZpColumns != 0) {
    ++counts[Action::ArrayZeroPointRow];
    ++counts[Action::ScratchpadArrayWRead];
  }
  // Rows of the tile that hold sums.
  std::vector<bool> holds(static_cast<std::size_t>(c.outH) * c.outW,
                          c.accumulate != 0);
  for (int block = 0; block < c.blocks; ++block)
    for (int kh = 0; kh < c.kernelH; ++kh)
      for (int kw = 0; kw < c.kernelW; ++kw) {
        std::vector<bool> used(static_cast<std::size_t>(r));
        for (int row = 0; row < r; ++row) {
          ++counts[Action::ArrayWeightRow];
          used[row] = block + 1 < c.blocks || row < c.lastRows;
          if (used[row])
            ++counts[Action::ScratchpadArrayWRead];
        }
        for (int oh = 0; oh < c.outH; ++oh)
          for (int ow = 0; ow < c.outW; ++ow) {
            const int ih = oh * c.strideH + kh * c.dilationH - c.padTop;
            const int iw = ow * c.strideW + kw * c.dilationW - c.padLeft;
            const bool isInput = exists(c, ih, iw);
            ++counts[Action::ArrayInputRow];
            ++counts[Action::ArraySkewRow];
            if (isInput)
              ++counts[Action::ScratchpadArrayXRead];
            for (int row = 0; row < r; ++row) {
              counts[Action::ArrayMac] += r;
              if (isInput && used[row])
                counts[Action::ArrayUsefulMac] += r;
            }
            const std::size_t sums = static_cast<std::size_t>(oh) * c.outW + ow;
            if (holds[sums])
              ++counts[Action::AccumulatorArrayRead];
            holds[sums] = true;
            ++counts[Action::ArraySumRow];
            ++counts[Action::AccumulatorArrayWrite];
          }
      }
}

namespace {

/// The coordinates along one side that a pass sweeps over: from the first that
/// its first output needs, padding before it excepted, to the last.
struct Swept {
  int begin, end;
};

Swept sweptBy(int firstTap, int taps, int outputs, int stride, int pad) {
  Swept swept{0, 0};
  bool found = false;
  for (int tap = firstTap; tap < firstTap + taps && !found; ++tap) {
    swept.begin = tap - pad;
    found = swept.begin >= 0;
  }
  for (int output = 0; output < outputs; ++output)
    for (int tap = firstTap; tap < firstTap + taps; ++tap)
      swept.end = std::max(swept.end, output * stride + tap - pad + 1);
  // With nothing but padding the end may be negative.
  if (swept.end == 0)
    swept.end = (outputs - 1) * stride + firstTap + taps - pad;
  return swept;
}

/// One pass over the part of a window.
class Pass {
public:
  Pass(const Depthwise &c, int kh, int kw, Counts &counts)
      : c(c), kh(kh), kw(kw), tapRows(std::min(3, c.kernelH - kh)),
        tapColumns(std::min(3, c.kernelW - kw)), counts(counts) {}

  void run() {
    const Swept rows = sweptBy(kh, tapRows, c.outH, c.strideH, c.padTop);
    const Swept columns = sweptBy(kw, tapColumns, c.outW, c.strideW, c.padLeft);
    // Columns of padding after a row, which enter in the time of the next one,
    // and no more than those before its first output.
    const int before = kw + tapColumns - 1 - c.padLeft - columns.begin;
    for (int row = rows.begin; row < rows.end; ++row) {
      int shared = 0;
      for (int column = columns.end; column-- > columns.begin;) {
        if (column >= c.inW && shared < before && row + 1 < rows.end)
          ++shared;
        else
          ++counts[Action::DepthwiseStep];
      }
      for (int column = columns.begin; column < columns.end; ++column)
        enter(row, column);
    }
    checkOutputs();
  }

private:
  /// What the two rows above have in the column that enters, and what this row
  /// and the next one above leave for those below.
  struct Column {
    bool newest = false, above = false;
  };

  void enter(int row, int column) {
    if (column < 0 || column >= c.inW)
      return;
    Column &kept = lines[column];
    ++counts[Action::DepthwiseLineRead];
    const std::array rows{exists(c, row, column), kept.newest, kept.above};
    if (rows[0]) {
      ++counts[Action::ScratchpadDepthwiseRead];
      ++counts[Action::DepthwiseInputRow];
    }
    for (int above = 0; above < tapRows; ++above)
      if (rows[above])
        seen.insert({row - above, column});
    ++counts[Action::DepthwiseLineWrite];
    kept = {rows[0], rows[1]};
  }

  /// Each output has seen all inputs of its part of the window, as its taps
  /// would have them: with the last row of the part.
  void checkOutputs() const {
    for (int oh = 0; oh < c.outH; ++oh)
      for (int ow = 0; ow < c.outW; ++ow)
        for (int tap = 0; tap < tapRows * tapColumns; ++tap) {
          const int row = oh * c.strideH + kh + tap / tapColumns - c.padTop;
          const int column = ow * c.strideW + kw + tap % tapColumns - c.padLeft;
          ASSERT_EQ(seen.count({row, column}) != 0, exists(c, row, column));
        }
  }

  const Depthwise &c;
  int kh, kw, tapRows, tapColumns;
  Counts &counts;
  std::map<int, Column> lines;
  std::set<std::pair<int, int>> seen;
};

} // namespace

void doOneByOne(const Depthwise &c, const Config &config, Counts &counts) {
  const bool isMac = c.op == DepthwiseOp::Mac;
  for (int tap = 0; tap < c.kernelH * c.kernelW && isMac; ++tap)
    ++counts[Action::DepthwiseWeightRow];
  if (isMac && c.weightZpColumns != 0)
    ++counts[Action::DepthwiseZeroPointRow];

  // Outputs for which there are sums of earlier passes.
  std::set<std::pair<int, int>> sums;
  for (int kh = 0; kh < c.kernelH; kh += 3)
    for (int kw = 0; kw < c.kernelW; kw += 3) {
      Pass(c, kh, kw, counts).run();
      const bool isLast = kh + 3 >= c.kernelH && kw + 3 >= c.kernelW;
      for (int oh = 0; oh < c.outH; ++oh)
        for (int ow = 0; ow < c.outW; ++ow) {
          if (sums.count({oh, ow}) != 0)
            ++counts[Action::DepthwiseSumRead];
          if (!isLast)
            ++counts[Action::DepthwiseSumWrite];
          sums.insert({oh, ow});
          for (int tap = 0; tap < 9; ++tap) {
            counts[Action::DepthwiseMac] += config.arrayRows;
            if (isMac)
              ++counts[Action::DepthwiseWeightRead];
          }
        }
    }

  for (int oh = 0; oh < c.outH; ++oh)
    for (int ow = 0; ow < c.outW; ++ow)
      for (int kh = 0; kh < c.kernelH && isMac; ++kh)
        for (int kw = 0; kw < c.kernelW; ++kw)
          if (exists(c, oh * c.strideH + kh - c.padTop,
                     ow * c.strideW + kw - c.padLeft))
            counts[Action::DepthwiseUsefulMac] += config.arrayRows;
}

} // namespace glowplug::npu::test
