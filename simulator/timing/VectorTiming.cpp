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

namespace {

/// How a part of a window, three taps or less, moves along one side of its
/// input.
struct Sweep {
  Cycle length; ///< rows or columns that pass, with padding
  Cycle before; ///< of them before the first that completes an output
  Cycle after;  ///< of them beyond the input
};

} // namespace

static Sweep sweepOf(int firstTap, int taps, int outputs, int stride, int pad,
                     int inputs) {
  const Cycle first = firstTap - pad, complete = first + taps - 1;
  const Cycle begin = std::min(std::max<Cycle>(first, 0), complete);
  const Cycle end = complete + Cycle(outputs - 1) * stride + 1;
  return {end - begin, complete - begin,
          end - std::clamp<Cycle>(inputs, begin, end)};
}

/// A pass sees three rows and columns of the window at most.
static constexpr int passTaps = 3;

static Cycle streamCycles(const Depthwise &c, const Config &config) {
  Cycle cycles = config.depthwiseFillCycles;
  for (int h = 0; h < c.kernelH; h += passTaps)
    for (int w = 0; w < c.kernelW; w += passTaps) {
      const Sweep rows = sweepOf(h, std::min(passTaps, c.kernelH - h), c.outH,
                                 c.strideH, c.padTop, c.inH);
      const Sweep columns = sweepOf(w, std::min(passTaps, c.kernelW - w),
                                    c.outW, c.strideW, c.padLeft, c.inW);
      // The outputs of padding after a row leave while the next row begins.
      const Cycle overlap = std::min(columns.before, columns.after);
      cycles += rows.length * (columns.length - overlap) + overlap;
    }
  if (c.dstKind == DstKind::Words)
    cycles += (wordCycles - 1) * Cycle(c.outH) * c.outW;
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

Span VectorTiming::begin(const Command &command, Cycle start) {
  if (std::holds_alternative<Sync>(command))
    return spanOfSync(start);
  const VectorCycles cycles = vectorCycles(command, config);
  const Cycle load = std::max({start, loadEnd, stream});
  loadEnd = load + cycles.parameters;
  stream = std::max(loadEnd, stream + streamed);
  streamed = cycles.stream;
  return {std::max(loadEnd, load + 1),
          stream + streamed + config.vectorPipeCycles};
}

} // namespace glowplug::npu
