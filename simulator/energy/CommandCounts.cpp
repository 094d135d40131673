// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The actions of one command: the array's and the vector unit's, and what all
// commands have in common.

#include "simulator/energy/CommandCounts.h"

#include "simulator/isa/Access.h"

namespace glowplug::npu {

std::int64_t tapsWithInput(std::int64_t outputs, std::int64_t inputs,
                           std::int64_t pad, std::int64_t stride,
                           std::int64_t kernel, std::int64_t dilation) {
  std::int64_t taps = 0;
  for (std::int64_t k = 0; k < kernel; ++k) {
    // 0 <= output * stride + offset < inputs
    const std::int64_t offset = k * dilation - pad;
    const std::int64_t first =
        offset >= 0 ? 0 : (-offset + stride - 1) / stride;
    const std::int64_t end =
        inputs > offset ? (inputs - offset - 1) / stride + 1 : 0;
    taps += std::max<std::int64_t>(std::min(end, outputs) - first, 0);
  }
  return taps;
}

static void addActions(const Sync &, const Config &, Counts &) {}

static void addActions(const Matmul &c, const Config &config, Counts &counts) {
  const std::int64_t r = config.arrayRows;
  const std::int64_t taps = std::int64_t(c.kernelH) * c.kernelW;
  const std::int64_t blocks = c.blocks * taps;
  const std::int64_t outputs = std::int64_t(c.outH) * c.outW;
  const std::int64_t rows = blocks * outputs;
  const std::int64_t inputs = tapsWithInput(c.outH, c.inH, c.padTop, c.strideH,
                                            c.kernelH, c.dilationH) *
                              tapsWithInput(c.outW, c.inW, c.padLeft, c.strideW,
                                            c.kernelW, c.dilationW);
  const std::int64_t channels = (c.blocks - 1) * r + c.lastRows;

  counts[Action::ArrayMac] += rows * r * r;
  counts[Action::ArrayUsefulMac] += inputs * channels * r;
  counts[Action::ArrayWeightRow] += blocks * r;
  counts[Action::ArrayZeroPointRow] += c.weightZpColumns;
  counts[Action::ArrayInputRow] += rows;
  counts[Action::ArraySkewRow] += rows;
  counts[Action::ArraySumRow] += rows;
  counts[Action::ScratchpadArrayXRead] += c.blocks * inputs;
  counts[Action::ScratchpadArrayWRead] += taps * channels + c.weightZpColumns;
  counts[Action::AccumulatorArrayWrite] += rows;
  // Without `accumulate` the first block writes sums of its own.
  counts[Action::AccumulatorArrayRead] +=
      rows - (c.accumulate != 0 ? 0 : outputs);
}

static void addActions(const Vector &c, const Config &config, Counts &counts) {
  const std::int64_t r = config.arrayRows;
  const std::int64_t rows = std::int64_t(c.count[0]) * c.count[1];
  const bool reduces = c.reduce != VectorReduce::None;
  const bool joins = c.op != VectorOp::Copy;
  const bool isBytes = c.aKind == VectorAKind::Bytes;
  const int scales =
      (c.aRescale != 0 ? 1 : 0) + (joins && c.bRescale != 0 ? 1 : 0);
  // From words to words, each quarter of a row passes by itself.
  const int quarters =
      c.aKind == VectorAKind::Words && c.dstKind == DstKind::Words ? 4 : 1;
  const std::int64_t passes = rows * quarters;
  const std::int64_t results = reduces ? c.count[1] : rows;

  counts[Action::VectorPipeRow] += passes;
  if (c.aKind == VectorAKind::Accumulator)
    counts[Action::AccumulatorVectorRead] += rows;
  else
    counts[Action::ScratchpadVectorARead] += rows * (isBytes ? 1 : 4);
  if (isBytes)
    counts[Action::VectorZeroPoint] += passes * r;
  if (c.bias != 0)
    counts[Action::VectorBias] += passes * r;
  counts[Action::VectorNarrowRescale] += scales * passes * r;
  counts[Action::VectorParameterRow] += scales * scaleRows;
  if (joins) {
    counts[Action::ScratchpadVectorBRead] += passes;
    counts[Action::VectorZeroPoint] += passes * r;
    counts[c.op == VectorOp::Mul ? Action::VectorProduct
                                 : Action::VectorOperation] += passes * r;
  }
  if (reduces)
    counts[Action::VectorReduction] += (rows - results) * quarters * r;
  if (c.rescale != 0)
    counts[Action::VectorRescale] += results * quarters * r;
  addOutputStage(c, results, config, counts);
  counts[Action::ScratchpadVectorPRead] += counts[Action::VectorParameterRow];
}

static void addActions(const Transpose &c, const Config &config,
                       Counts &counts) {
  const std::int64_t rows =
      std::int64_t(c.count[0]) * c.count[1] * config.arrayRows;
  counts[Action::VectorPipeRow] += rows;
  counts[Action::VectorTransposeRow] += rows;
  counts[Action::ScratchpadVectorARead] += rows;
  counts[Action::ScratchpadVectorWrite] += rows;
}

/// Fetch, queue and semaphores.
static void addControl(const Header &header, const Config &config,
                       Counts &counts) {
  counts[Action::ControlCommand] += 1;
  for (int i = 0; i < 3; ++i)
    counts[Action::ControlSemaphore] += (header.waitCount[i] != 0 ? 1 : 0) +
                                        (header.signalCount[i] != 0 ? 1 : 0);
  // Commands lie at multiples of their 64 bytes, which are whole beats.
  addBeats(Direction::Read, burstBytes / config.dramBytesPerCycle, burstBytes,
           config, counts);
}

Counts countActions(const Command &command, const Config &config) {
  Counts counts;
  addControl(headerOf(command), config, counts);
  std::visit(
      [&]<typename T>(const T &c) {
        if constexpr (isLocalTransfer<T>)
          addLocalTransfer(command, config, counts);
        else
          addActions(c, config, counts);
      },
      command);
  return counts;
}

} // namespace glowplug::npu
