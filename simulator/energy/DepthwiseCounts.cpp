// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The actions of a depthwise command, pass by pass as the contract has them.

#include "simulator/energy/CommandCounts.h"

#include "simulator/timing/VectorTiming.h"

namespace glowplug::npu {

namespace {

/// A pass sees three rows and columns of the window at most.
constexpr int passTaps = 3;

/// How the taps of a pass move along one side of the input, as in the section
/// on queue `vector` of docs/reference/npu-timing.md.
class Sweep {
public:
  Sweep(int firstTap, int taps, int outputs, int stride, int pad, int inputs)
      : inputs(inputs) {
    const int complete = firstTap + taps - 1 - pad;
    begin = std::min(std::max(firstTap - pad, 0), complete);
    last = complete + (outputs - 1) * stride;
  }

  /// Rows or columns that enter, padding included, and those that exist.
  std::int64_t entering() const { return last - begin + 1; }
  std::int64_t existing() const {
    return std::max(std::min(last, inputs - 1) - std::max(begin, 0) + 1, 0);
  }

private:
  int inputs, begin, last;
};

/// Products that a lane computes for an output in one pass.
constexpr int passProducts = passTaps * passTaps;

} // namespace

/// The cycles of all passes: those of the contract less what is no step of a
/// window, the stages before the pipe and the pauses for words.
static std::int64_t stepsOf(const Depthwise &c, const Config &config) {
  const std::int64_t pauses =
      c.dstKind == DstKind::Words ? 3 * std::int64_t(c.outH) * c.outW : 0;
  return vectorCycles(c, config).stream - config.depthwiseFillCycles - pauses;
}

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
      const std::int64_t lines = rows.entering() * columns.existing();
      counts[Action::DepthwiseInputRow] += inputs;
      counts[Action::ScratchpadDepthwiseRead] += inputs;
      counts[Action::DepthwiseLineRead] += lines;
      counts[Action::DepthwiseLineWrite] += lines;
      ++passes;
    }
  counts[Action::DepthwiseSumRead] += (passes - 1) * outputs;
  counts[Action::DepthwiseSumWrite] += (passes - 1) * outputs;

  counts[Action::DepthwiseMac] += passProducts * outputs * passes * r;
  counts[Action::DepthwiseStep] += stepsOf(c, config);
  if (c.op == DepthwiseOp::Mac) {
    counts[Action::DepthwiseUsefulMac] +=
        tapsWithInput(c.outH, c.inH, c.padTop, c.strideH, c.kernelH, 1) *
        tapsWithInput(c.outW, c.inW, c.padLeft, c.strideW, c.kernelW, 1) * r;
    counts[Action::DepthwiseWeightRow] += taps;
    counts[Action::DepthwiseWeightRead] += passProducts * outputs * passes;
    counts[Action::DepthwiseZeroPointRow] += c.weightZpColumns;
    counts[Action::ScratchpadVectorPRead] += taps + c.weightZpColumns;
  }

  counts[Action::VectorPipeRow] += outputs;
  if (c.bias != 0)
    counts[Action::VectorBias] += outputs * r;
  if (c.rescale != 0)
    counts[Action::VectorRescale] += outputs * r;
  addOutputStage(c, outputs, config, counts);
  counts[Action::ScratchpadVectorPRead] += counts[Action::VectorParameterRow];
}

} // namespace glowplug::npu
