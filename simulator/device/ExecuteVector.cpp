// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vector unit's commands, and the depthwise engine's before it.

#include "simulator/device/Execute.h"

#include <glowplug/arithmetic.h>

#include <algorithm>
#include <array>
#include <limits>

namespace glowplug::npu {

namespace {

constexpr int mostLanes = 32;
using Lanes = std::array<std::int32_t, mostLanes>;

/// One scale for each lane.
struct Scale {
  bool used = false;
  Lanes multiplier, shift;

  /// Reads it at \p address, which moves past it.
  void read(const Memories &m, std::int64_t &address) {
    used = true;
    const int r = m.config.arrayRows;
    for (int n = 0; n < r; ++n) {
      multiplier[n] = m.word(address + 4 * n);
      shift[n] = static_cast<std::int8_t>(m.scratchpad[address + 4 * r + n]);
    }
    address += std::int64_t(scaleRows) * r;
  }

  std::int64_t apply(std::int32_t value, int lane, bool twice) const {
    return used ? arithmetic::applyScale32(value, multiplier[lane], shift[lane],
                                           twice)
                : value;
  }
};

std::int32_t limitTo32(std::int64_t value) {
  return arithmetic::offsetAndClamp(value, 0, arithmetic::rangeOf(32, true));
}

/// What the end of the pipe needs: parameters, and where results go.
template <typename T>
struct OutputStage {
  const T &c;
  Memories &m;
  const int r;
  Lanes bias{};
  Scale output;

  OutputStage(const T &command, Memories &memories, std::int64_t &address)
      : c(command), m(memories), r(memories.config.arrayRows) {
    if (c.bias != 0) {
      for (int n = 0; n < r; ++n)
        bias[n] = m.word(address + 4 * n);
      address += std::int64_t(biasRows) * r;
    }
    if (c.rescale != 0)
      output.read(m, address);
    if (c.lookup != 0)
      std::copy_n(&m.scratchpad[c.tableAddr], 256, table.begin());
  }

  void write(const Lanes &x, std::int64_t inner, std::int64_t outer) {
    const std::int64_t at =
        c.dstAddr + inner * c.dstStep[0] + outer * c.dstStep[1];
    for (int n = 0; n < r; ++n) {
      const std::int64_t scaled = output.apply(x[n], n, c.doubleRound != 0);
      switch (c.dstKind) {
      case DstKind::Bytes: {
        const auto byte = static_cast<std::uint8_t>(
            arithmetic::offsetAndClamp(scaled, c.outZp, {c.outMin, c.outMax}));
        m.scratchpad[at + n] = c.lookup != 0 ? table[byte] : byte;
        break;
      }
      case DstKind::Words:
        m.setWord(at + 4 * n, limitTo32(scaled));
        break;
      default:
        m.accumulator[at * r + n] = limitTo32(scaled);
        break;
      }
    }
  }

private:
  std::array<std::uint8_t, 256> table{};
};

/// Where A comes from.
void readA(const Vector &c, const Memories &m, std::int64_t at, Lanes &a) {
  const int r = m.config.arrayRows;
  for (int n = 0; n < r; ++n)
    switch (c.aKind) {
    case VectorAKind::Accumulator:
      a[n] = m.accumulator[at * r + n];
      break;
    case VectorAKind::Bytes:
      a[n] = valueOf(m.scratchpad[at + n], c.aUnsigned != 0) - c.aZp;
      break;
    default:
      a[n] = m.word(at + 4 * n);
      break;
    }
}

std::int32_t join(int op, std::int32_t a, std::int32_t b) {
  switch (op) {
  case VectorOp::Add:
    return wrap(std::int64_t(a) + b);
  case VectorOp::Sub:
    return wrap(std::int64_t(a) - b);
  case VectorOp::Mul:
    return wrap(std::int64_t(a) * b);
  case VectorOp::Max:
    return std::max(a, b);
  case VectorOp::Min:
    return std::min(a, b);
  default:
    return a;
  }
}

} // namespace

void execute(const Vector &c, Memories &m) {
  const int r = m.config.arrayRows;
  const bool joins = c.op != VectorOp::Copy, twice = c.doubleRound != 0;
  std::int64_t address = c.paramAddr;
  OutputStage stage(c, m, address);
  Scale scaleA, scaleB;
  if (c.aRescale != 0)
    scaleA.read(m, address);
  if (joins && c.bRescale != 0)
    scaleB.read(m, address);

  Lanes a{}, x{}, total{};
  for (std::int64_t outer = 0; outer < c.count[1]; ++outer) {
    for (std::int64_t inner = 0; inner < c.count[0]; ++inner) {
      readA(c, m, c.aAddr + inner * c.aStep[0] + outer * c.aStep[1], a);
      const std::int64_t b = c.bAddr + inner * c.bStep[0] + outer * c.bStep[1];
      for (int n = 0; n < r; ++n) {
        x[n] = limitTo32(
            scaleA.apply(wrap(std::int64_t(a[n]) + stage.bias[n]), n, twice));
        if (joins)
          x[n] =
              join(c.op, x[n],
                   limitTo32(scaleB.apply(
                       valueOf(m.scratchpad[b + n], c.bUnsigned != 0) - c.bZp,
                       n, twice)));
        if (c.reduce == VectorReduce::None)
          continue;
        total[n] = inner == 0 ? x[n]
                   : c.reduce == VectorReduce::Sum
                       ? wrap(std::int64_t(total[n]) + x[n])
                       : std::max(total[n], x[n]);
      }
      if (c.reduce == VectorReduce::None)
        stage.write(x, inner, outer);
    }
    if (c.reduce != VectorReduce::None)
      stage.write(total, 0, outer);
  }
}

void execute(const Depthwise &c, Memories &m) {
  const int r = m.config.arrayRows;
  std::int64_t address = c.paramAddr;
  OutputStage stage(c, m, address);
  const bool isMac = c.op == DepthwiseOp::Mac;
  std::vector<Lanes> weights(isMac ? std::size_t(c.kernelH) * c.kernelW : 0);
  for (std::size_t tap = 0; tap < weights.size(); ++tap)
    for (int n = 0; n < r; ++n) {
      const std::int32_t zero =
          c.weightZpColumns != 0
              ? valueOf(m.scratchpad[c.weightZpAddr + n], c.weightUnsigned != 0)
              : c.weightZp;
      weights[tap][n] =
          valueOf(m.scratchpad[c.weightAddr + std::int64_t(tap) * r + n],
                  c.weightUnsigned != 0) -
          zero;
    }

  Lanes x;
  for (int oh = 0; oh < c.outH; ++oh)
    for (int ow = 0; ow < c.outW; ++ow) {
      x.fill(c.op == DepthwiseOp::Max ? std::numeric_limits<std::int32_t>::min()
                                      : 0);
      for (int kh = 0; kh < c.kernelH; ++kh)
        for (int kw = 0; kw < c.kernelW; ++kw) {
          const int ih = oh * c.strideH + kh - c.padTop;
          const int iw = ow * c.strideW + kw - c.padLeft;
          if (ih < 0 || ih >= c.inH || iw < 0 || iw >= c.inW)
            continue;
          const std::int64_t at = c.srcAddr + std::int64_t(ih) * c.stepH +
                                  std::int64_t(iw) * c.stepW;
          for (int n = 0; n < r; ++n) {
            const std::int32_t in =
                valueOf(m.scratchpad[at + n], c.inputUnsigned != 0) - c.inputZp;
            if (c.op == DepthwiseOp::Max)
              x[n] = std::max(x[n], in);
            else
              x[n] += isMac ? in * weights[std::size_t(kh) * c.kernelW + kw][n]
                            : in;
          }
        }
      for (int n = 0; n < r; ++n)
        x[n] = wrap(std::int64_t(x[n]) + stage.bias[n]);
      stage.write(x, ow, oh);
    }
}

} // namespace glowplug::npu
