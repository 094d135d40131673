// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which parts of which memory a command touches, one function per opcode.

#include "simulator/isa/Access.h"

#include <algorithm>

namespace glowplug::npu {

std::int64_t Access::low() const {
  std::int64_t at = begin;
  for (int i = 0; i < 4; ++i)
    at += std::min<std::int64_t>(0, (count[i] - 1) * step[i]);
  return at;
}

std::int64_t Access::high() const {
  std::int64_t at = begin + run;
  for (int i = 0; i < 4; ++i)
    at += std::max<std::int64_t>(0, (count[i] - 1) * step[i]);
  return at;
}

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

  template <std::size_t N, typename T>
  Access &fill(Access &access, const std::array<std::int32_t, N> &count,
               const std::array<T, N> &step) {
    for (std::size_t i = 0; i < N; ++i) {
      access.count[i] = count[i];
      access.step[i] = step[i];
    }
    return access;
  }

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
  void transfer(const T &c, bool writesDram) {
    Access dram;
    dram.space = Space::Dram;
    dram.write = writesDram;
    dram.base = static_cast<std::uint8_t>(c.dramBase);
    dram.begin = c.dramOffset;
    dram.run = c.run;
    dram.field = "dram_offset";
    list.add(fill(dram, c.count, c.dramStep));
    Access local;
    local.write = !writesDram;
    local.begin = c.spadAddr;
    local.run = c.run;
    local.field = "spad_addr";
    list.add(fill(local, c.count, c.spadStep));
  }

  void operator()(const Sync &) {}
  void operator()(const Load &c) { transfer(c, false); }
  void operator()(const Store &c) { transfer(c, true); }

  void operator()(const Copy &c) {
    Access source;
    source.begin = c.srcAddr;
    source.run = c.run;
    source.field = "src_addr";
    list.add(fill(source, c.count, c.srcStep));
    source.write = true;
    source.begin = c.dstAddr;
    source.field = "dst_addr";
    list.add(fill(source, c.count, c.dstStep));
  }

  void operator()(const Fill &c) {
    Access target;
    target.write = true;
    target.begin = c.dstAddr;
    target.run = c.run;
    target.field = "dst_addr";
    list.add(fill(target, c.count, c.dstStep));
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

  void operator()(const Transpose &c) {
    Access access;
    access.run = rows;
    access.count = {rows, c.count[0], c.count[1], 1};
    access.begin = c.srcAddr;
    access.step = {c.srcRowStep, c.srcStep[0], c.srcStep[1], 0};
    access.field = "src_addr";
    list.add(access);
    access.write = true;
    access.begin = c.dstAddr;
    access.step = {c.dstRowStep, c.dstStep[0], c.dstStep[1], 0};
    access.field = "dst_addr";
    list.add(access);
  }
};

} // namespace

AccessList accessesOf(const Command &command, const Config &config) {
  Collector collector(config);
  std::visit(collector, command);
  return collector.list;
}

} // namespace glowplug::npu
