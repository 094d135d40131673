// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The time that the vector unit and the depthwise engine take for their
// commands.

#include "simulator/timing/VectorTiming.h"

#include "simulator/isa/Access.h"

#include <algorithm>

namespace glowplug::npu {

static Cycle tableCycles(const Config &config) {
  return 256 / lineBytes(config);
}

/// Reading or writing a row of 32-bit words takes four rows of bytes.
static constexpr Cycle wordCycles = 4;

/// Of what the output stage needs, with \p scales in all.
template <typename T>
static Cycle outputCycles(const T &command, int scales, const Config &config) {
  return command.bias * biasRows + scales * scaleRows +
         (command.lookup != 0 ? tableCycles(config) : 0);
}

static Cycle parameterCycles(const Vector &command, const Config &config) {
  const bool joins = command.op != VectorOp::Copy;
  const int scales =
      command.rescale + command.aRescale + (joins ? command.bRescale : 0);
  return outputCycles(command, scales, config);
}

static Cycle parameterCycles(const Depthwise &command, const Config &config) {
  const Cycle output = outputCycles(command, command.rescale, config);
  if (command.op != DepthwiseOp::Mac)
    return output;
  return output + Cycle(command.kernelH) * command.kernelW +
         command.weightZpColumns;
}

/// Most commands have no parameters.
template <typename T>
static Cycle parameterCycles(const T &, const Config &) {
  return 0;
}

static Cycle streamCycles(const Vector &command, const Config &) {
  const Cycle in = command.aKind == VectorAKind::Words ? wordCycles : 1;
  const Cycle out = command.dstKind == DstKind::Words ? wordCycles : 1;
  if (command.reduce == VectorReduce::None)
    return Cycle(command.count[0]) * command.count[1] * std::max(in, out);
  // A sum is complete with its last row only; then its words are written.
  const Cycle tail = in == 1 && out == wordCycles ? wordCycles - 1 : 0;
  return command.count[1] * std::max(command.count[0] * in, out) + tail;
}

static Cycle streamCycles(const Depthwise &c, const Config &) {
  const Cycle out = c.dstKind == DstKind::Words ? wordCycles : 1;
  const Cycle outputs = Cycle(c.outH) * c.outW;
  Cycle cycles = depthwiseFill;
  for (int h = 0; h < c.kernelH; h += 3)
    for (int w = 0; w < c.kernelW; w += 3) {
      // A pass sees three rows and columns of the window, and each input that
      // they touch once.
      const bool last = h + 3 >= c.kernelH && w + 3 >= c.kernelW;
      const WindowSpan rows = windowSpan(c.outH, c.inH, c.padTop - h, c.strideH,
                                         std::min(3, c.kernelH - h), 1);
      const WindowSpan columns =
          windowSpan(c.outW, c.inW, c.padLeft - w, c.strideW,
                     std::min(3, c.kernelW - w), 1);
      cycles +=
          std::max(rows.count * columns.count, outputs * (last ? out : 1));
    }
  return cycles;
}

static Cycle streamCycles(const Transpose &command, const Config &config) {
  // One square is read while the one before is written.
  return (Cycle(command.count[0]) * command.count[1] + 1) * config.arrayRows;
}

VectorCycles vectorCycles(const Command &command, const Config &config) {
  return std::visit(
      [&]<typename T>(const T &c) {
        VectorCycles cycles;
        if constexpr (isWorkOf<T>(Queue::Vector))
          cycles = {parameterCycles(c, config), streamCycles(c, config)};
        return cycles;
      },
      command);
}

Span VectorTiming::issue(const Command &command, Cycle issue) {
  if (std::holds_alternative<Sync>(command))
    return spanOfSync(issue);
  const VectorCycles cycles = vectorCycles(command, config);
  loadEnd = std::max({issue, loadEnd, stream}) + cycles.parameters;
  stream = std::max(loadEnd, stream + streamed);
  streamed = cycles.stream;
  return {std::max(loadEnd, issue + 1), stream + streamed + vectorLatency};
}

} // namespace glowplug::npu
