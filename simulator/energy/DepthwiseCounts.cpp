// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The actions of a depthwise command, pass by pass as the contract has them.

#include "simulator/energy/CommandCounts.h"

namespace glowplug::npu {

namespace {

/// A pass sees three rows and columns of the window at most.
constexpr int passTaps = 3;

/// How the taps of a pass move along one side of the input. Padding enters a
/// pass too, but nothing is read or kept for it.
class Sweep {
public:
  Sweep(int firstTap, int taps, int outputs, int stride, int pad, int inputs)
      : inputs(inputs), first(std::max(firstTap - pad, 0)),
        last(firstTap + taps - 1 - pad + (outputs - 1) * stride) {}

  /// Rows or columns that exist and pass, but for those less than \p distance
  /// before the last that passes.
  std::int64_t existing(int distance = 0) const {
    return std::max(std::min(last - distance, inputs - 1) - first + 1, 0);
  }

private:
  int inputs, first, last;
};

} // namespace

void addActions(const Depthwise &c, const Config &config, Counts &counts) {
  const std::int64_t r = config.arrayRows;
  const std::int64_t outputs = std::int64_t(c.outH) * c.outW;
  const std::int64_t taps = std::int64_t(c.kernelH) * c.kernelW;
  std::int64_t passes = 0;
  for (int kh = 0; kh < c.kernelH; kh += passTaps)
    for (int kw = 0; kw < c.kernelW; kw += passTaps) {
      const int tapRows = std::min(passTaps, c.kernelH - kh);
      const int tapColumns = std::min(passTaps, c.kernelW - kw);
      const Sweep rows(kh, tapRows, c.outH, c.strideH, c.padTop, c.inH);
      const Sweep columns(kw, tapColumns, c.outW, c.strideW, c.padLeft, c.inW);
      const std::int64_t inputs = rows.existing() * columns.existing();
      counts[Action::DepthwiseInputRow] += inputs;
      counts[Action::ScratchpadDepthwiseRead] += inputs;
      if (tapRows > 1)
        counts[Action::DepthwiseLineWrite] += inputs;
      // A row is read again below itself, as long as the pass goes on.
      for (int distance = 1; distance < tapRows; ++distance)
        counts[Action::DepthwiseLineRead] +=
            rows.existing(distance) * columns.existing();
      ++passes;
    }
  counts[Action::DepthwiseSumRead] += (passes - 1) * outputs;
  counts[Action::DepthwiseSumWrite] += (passes - 1) * outputs;

  if (c.op == DepthwiseOp::Mac) {
    counts[Action::DepthwiseMac] += taps * outputs * r;
    counts[Action::DepthwiseUsefulMac] +=
        tapsWithInput(c.outH, c.inH, c.padTop, c.strideH, c.kernelH, 1) *
        tapsWithInput(c.outW, c.inW, c.padLeft, c.strideW, c.kernelW, 1) * r;
    counts[Action::DepthwiseWeightRow] += taps;
    counts[Action::DepthwiseZeroPointRow] += c.weightZpColumns;
    counts[Action::ScratchpadVectorPRead] += taps + c.weightZpColumns;
  } else {
    counts[Action::DepthwiseTap] += taps * outputs * r;
  }

  counts[Action::VectorPipeRow] += outputs;
  if (c.bias != 0)
    counts[Action::VectorBias] += outputs * r;
  addOutputStage(c, outputs, config, counts);
  counts[Action::ScratchpadVectorPRead] += counts[Action::VectorParameterRow];
}

} // namespace glowplug::npu
