// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which parts of which memory a command touches: as isa.json says, or in a
// function here where that depends on more than steps and counts.

#include "simulator/isa/Access.h"

#include <algorithm>

namespace glowplug::npu {

WindowSpan windowSpan(std::int64_t out, std::int64_t in, std::int64_t pad,
                      std::int64_t stride, std::int64_t kernel,
                      std::int64_t dilation) {
  const std::int64_t first = -pad;
  const std::int64_t last = (out - 1) * stride + (kernel - 1) * dilation - pad;
  const std::int64_t low = std::max<std::int64_t>(first, 0);
  const std::int64_t high = std::min(last, in - 1);
  return {low, std::max<std::int64_t>(high - low + 1, 0)};
}

namespace {

/// Collects the accesses of one command.
struct Collector {
  AccessList list;
  std::int64_t rows; ///< R

  explicit Collector(const Config &config) : rows(config.arrayRows) {}

  void bytes(std::string_view field, bool write, std::int64_t begin,
             std::int64_t run) {
    Access access;
    access.field = field;
    access.write = write;
    access.begin = begin;
    access.run = run;
    list.add(access);
  }

  template <typename T>
  void operator()(const T &c) {
    visitAccesses(c, rows, [&](const Access &access) { list.add(access); });
  }

  /// The input of a window; nothing when all of it is padding.
  template <typename T>
  void input(const T &c, std::int64_t blocks, std::int64_t blockStep,
             std::int64_t dilationH, std::int64_t dilationW) {
    const WindowSpan h =
        windowSpan(c.outH, c.inH, c.padTop, c.strideH, c.kernelH, dilationH);
    const WindowSpan w =
        windowSpan(c.outW, c.inW, c.padLeft, c.strideW, c.kernelW, dilationW);
    if (h.count == 0 || w.count == 0)
      return;
    Access access;
    access.begin = c.srcAddr + h.first * c.stepH + w.first * c.stepW;
    access.run = rows;
    access.count = {w.count, h.count, blocks, 1};
    access.step = {c.stepW, c.stepH, blockStep, 0};
    access.field = "src_addr";
    list.add(access);
  }

  void operator()(const Matmul &c) {
    input(c, c.blocks, c.stepC, c.dilationH, c.dilationW);
    const std::int64_t taps = std::int64_t(c.kernelH) * c.kernelW;
    Access weights;
    weights.field = "weight_addr";
    weights.begin = c.weightAddr;
    weights.run = rows;
    weights.step = {c.weightRowStep, c.weightBlockStep, 0, 0};
    // The last channel block, of fewer rows, stands at the end.
    if (c.blocks > 1) {
      weights.count = {rows, (c.blocks - 1) * taps, 1, 1};
      list.add(weights);
    }
    weights.begin += (c.blocks - 1) * taps * c.weightBlockStep;
    weights.count = {c.lastRows, taps, 1, 1};
    list.add(weights);
    if (c.weightZpColumns != 0)
      bytes("weight_zp_addr", false, c.weightZpAddr, rows);
    Access sums;
    sums.space = Space::Accumulator;
    sums.write = true;
    sums.accumulates = true;
    sums.begin = c.accAddr;
    sums.run = std::int64_t(c.outH) * c.outW;
    sums.field = "acc_addr";
    list.add(sums);
  }

  /// Destination and parameters of the output stage. The scales of A and B
  /// follow that of the output.
  template <typename T>
  void output(const T &c, std::int64_t inner, std::int64_t outer,
              int moreScales) {
    Access target;
    target.write = true;
    target.field = "dst_addr";
    target.begin = c.dstAddr;
    target.space = c.dstKind == DstKind::Accumulator ? Space::Accumulator
                                                     : Space::Scratchpad;
    target.run = c.dstKind == DstKind::Accumulator ? 1
                 : c.dstKind == DstKind::Words     ? 4 * rows
                                                   : rows;
    target.count = {inner, outer, 1, 1};
    target.step = {c.dstStep[0], c.dstStep[1], 0, 0};
    list.add(target);
    const std::int64_t parameters =
        (c.bias != 0 ? biasRows : 0) +
        ((c.rescale != 0 ? 1 : 0) + moreScales) * scaleRows;
    if (parameters != 0)
      bytes("param_addr", false, c.paramAddr, parameters * rows);
    if (c.lookup != 0)
      bytes("table_addr", false, c.tableAddr, 256);
  }

  void operator()(const Vector &c) {
    const bool joins = c.op != VectorOp::Copy;
    output(c, c.reduce == VectorReduce::None ? c.count[0] : 1, c.count[1],
           (c.aRescale != 0 ? 1 : 0) + (joins && c.bRescale != 0 ? 1 : 0));
    Access a;
    a.field = "a_addr";
    a.space = c.aKind == VectorAKind::Accumulator ? Space::Accumulator
                                                  : Space::Scratchpad;
    a.run = c.aKind == VectorAKind::Accumulator ? 1
            : c.aKind == VectorAKind::Words     ? 4 * rows
                                                : rows;
    a.begin = c.aAddr;
    a.count = {c.count[0], c.count[1], 1, 1};
    a.step = {c.aStep[0], c.aStep[1], 0, 0};
    list.add(a);
    if (!joins)
      return;
    a.field = "b_addr";
    a.space = Space::Scratchpad;
    a.run = rows;
    a.begin = c.bAddr;
    a.step = {c.bStep[0], c.bStep[1], 0, 0};
    list.add(a);
  }

  void operator()(const Depthwise &c) {
    output(c, c.outW, c.outH, 0);
    input(c, 1, 0, 1, 1);
    if (c.op != DepthwiseOp::Mac)
      return;
    bytes("weight_addr", false, c.weightAddr, rows * c.kernelH * c.kernelW);
    if (c.weightZpColumns != 0)
      bytes("weight_zp_addr", false, c.weightZpAddr, rows);
  }
};

} // namespace

AccessList accessesOf(const Command &command, const Config &config) {
  Collector collector(config);
  std::visit(collector, command);
  return collector.list;
}

} // namespace glowplug::npu
