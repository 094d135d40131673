// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vector unit's commands, and the depthwise engine's before it.

#include "simulator/device/Effects.h"

#include <glowplug/arithmetic.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace glowplug::npu {

// Rows go through each step of the pipe as a whole, in loops without branches
// that a compiler turns into vectors; the bodies are compiled again for the
// widest ones. The results are the same with all.
#define EVERY_WIDTH [[gnu::always_inline]] inline

namespace {

constexpr int mostLanes = 32;
using Lanes = std::array<std::int32_t, mostLanes>;
using WideLanes = std::array<std::int64_t, mostLanes>;

/// One scale for each lane.
struct Scale {
  bool used = false;
  Lanes multiplier;
  /// The shift; half of its last bit; what a second rounding adds to that away
  /// from 0, or 0: see arithmetic::applyScale32.
  WideLanes shift, round, away;

  /// Reads it at \p address, which moves past it.
  void read(const Memories &m, std::int64_t &address, bool twice) {
    used = true;
    const int r = m.config.arrayRows;
    for (int n = 0; n < r; ++n) {
      multiplier[n] = m.word(address + 4 * n);
      const int given =
          static_cast<std::int8_t>(m.scratchpad[address + 4 * r + n]);
      shift[n] =
          std::clamp(given, arithmetic::leastShift, arithmetic::mostShift);
      round[n] = std::int64_t(1) << (shift[n] - 1);
      away[n] = twice && shift[n] > 31 ? std::int64_t(1) << 30 : 0;
    }
    address += std::int64_t(scaleRows) * r;
  }

  EVERY_WIDTH void apply(const Lanes &x, int r, WideLanes &to) const {
    for (int n = 0; n < r; ++n)
      to[n] = (std::int64_t(x[n]) * multiplier[n] + round[n] +
               (x[n] >= 0 ? away[n] : -away[n])) >>
              shift[n];
  }

  /// Limits to 32 bits. Without a scale nothing happens.
  EVERY_WIDTH void apply(Lanes &x, int r) const {
    if (!used)
      return;
    WideLanes wide;
    apply(x, r, wide);
    for (int n = 0; n < r; ++n)
      x[n] = static_cast<std::int32_t>(std::clamp<std::int64_t>(
          wide[n], std::numeric_limits<std::int32_t>::min(),
          std::numeric_limits<std::int32_t>::max()));
  }
};

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
      output.read(m, address, c.doubleRound != 0);
    if (c.lookup != 0)
      std::copy_n(&m.scratchpad[c.tableAddr], 256, table.begin());
  }

  EVERY_WIDTH void addBias(Lanes &x) const {
    for (int n = 0; n < r; ++n)
      x[n] = wrap(std::int64_t(x[n]) + bias[n]);
  }

  EVERY_WIDTH void write(Lanes &x, std::int64_t inner, std::int64_t outer) {
    const std::int64_t at =
        c.dstAddr + inner * c.dstStep[0] + outer * c.dstStep[1];
    if (c.dstKind == DstKind::Bytes)
      return writeBytes(x, &m.scratchpad[at]);
    output.apply(x, r);
    if (c.dstKind == DstKind::Words)
      std::memcpy(&m.scratchpad[at], x.data(), 4 * std::size_t(r));
    else
      std::copy_n(x.begin(), r, &m.accumulator[at * r]);
  }

private:
  EVERY_WIDTH void writeBytes(const Lanes &x, std::uint8_t *to) const {
    WideLanes wide;
    if (output.used)
      output.apply(x, r, wide);
    else
      std::copy_n(x.begin(), r, wide.begin());
    const std::int64_t least = c.outMin, most = c.outMax, zero = c.outZp;
    for (int n = 0; n < r; ++n)
      to[n] =
          static_cast<std::uint8_t>(std::clamp(wide[n] + zero, least, most));
    if (c.lookup != 0)
      for (int n = 0; n < r; ++n)
        to[n] = table[to[n]];
  }

  std::array<std::uint8_t, 256> table{};
};

/// Bytes less a zero point.
EVERY_WIDTH void readBytes(const Memories &m, std::int64_t at, bool isUnsigned,
                           std::int32_t zeroPoint, int r, Lanes &to) {
  const std::uint8_t *from = &m.scratchpad[at];
  if (isUnsigned)
    for (int n = 0; n < r; ++n)
      to[n] = from[n] - zeroPoint;
  else
    for (int n = 0; n < r; ++n)
      to[n] = static_cast<std::int8_t>(from[n]) - zeroPoint;
}

/// Where A comes from.
EVERY_WIDTH void readA(const Vector &c, const Memories &m, std::int64_t at,
                       int r, Lanes &a) {
  if (c.aKind == VectorAKind::Bytes)
    return readBytes(m, at, c.aUnsigned != 0, c.aZp, r, a);
  if (c.aKind == VectorAKind::Accumulator)
    std::copy_n(&m.accumulator[at * r], r, a.begin());
  else
    std::memcpy(a.data(), &m.scratchpad[at], 4 * std::size_t(r));
}

/// a = a op b.
EVERY_WIDTH void join(int op, Lanes &a, const Lanes &b, int r) {
  const auto each = [&](auto function) __attribute__((always_inline)) {
    for (int n = 0; n < r; ++n)
      a[n] = function(a[n], b[n]);
  };
  using Int = std::int32_t;
  switch (op) {
  case VectorOp::Add:
    return each([](Int x, Int y) { return wrap(std::int64_t(x) + y); });
  case VectorOp::Sub:
    return each([](Int x, Int y) { return wrap(std::int64_t(x) - y); });
  case VectorOp::Mul:
    return each([](Int x, Int y) { return wrap(std::int64_t(x) * y); });
  case VectorOp::Max:
    return each([](Int x, Int y) { return std::max(x, y); });
  case VectorOp::Min:
    return each([](Int x, Int y) { return std::min(x, y); });
  default:
    return;
  }
}

constexpr std::int32_t joinOf(std::int32_t reduce) {
  return reduce == VectorReduce::Sum   ? VectorOp::Add
         : reduce == VectorReduce::Max ? VectorOp::Max
                                       : VectorOp::Min;
}

EVERY_WIDTH void run(const Vector &c, Memories &m) {
  const int r = m.config.arrayRows;
  const bool joins = c.op != VectorOp::Copy, twice = c.doubleRound != 0;
  std::int64_t address = c.paramAddr;
  OutputStage stage(c, m, address);
  Scale scaleA, scaleB;
  if (c.aRescale != 0)
    scaleA.read(m, address, twice);
  if (joins && c.bRescale != 0)
    scaleB.read(m, address, twice);

  Lanes x{}, b{}, total{};
  for (std::int64_t outer = 0; outer < c.count[1]; ++outer) {
    for (std::int64_t inner = 0; inner < c.count[0]; ++inner) {
      readA(c, m, c.aAddr + inner * c.aStep[0] + outer * c.aStep[1], r, x);
      if (c.bias != 0)
        stage.addBias(x);
      scaleA.apply(x, r);
      if (joins) {
        readBytes(m, c.bAddr + inner * c.bStep[0] + outer * c.bStep[1],
                  c.bUnsigned != 0, c.bZp, r, b);
        scaleB.apply(b, r);
        join(c.op, x, b, r);
      }
      if (c.reduce == VectorReduce::None)
        stage.write(x, inner, outer);
      else if (inner == 0)
        total = x;
      else
        join(joinOf(c.reduce), total, x, r);
    }
    if (c.reduce != VectorReduce::None)
      stage.write(total, 0, outer);
  }
}

EVERY_WIDTH void run(const Depthwise &c, Memories &m) {
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

  Lanes x, in;
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
          readBytes(m, at, c.inputUnsigned != 0, c.inputZp, r, in);
          if (isMac)
            join(VectorOp::Mul, in,
                 weights[std::size_t(kh) * c.kernelW + std::size_t(kw)], r);
          join(c.op == DepthwiseOp::Max ? VectorOp::Max : VectorOp::Add, x, in,
               r);
        }
      if (c.bias != 0)
        stage.addBias(x);
      stage.write(x, ow, oh);
    }
}

#if defined(__x86_64__)
template <typename T>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] void
runWide(const T &c, Memories &m) {
  run(c, m);
}
#endif

template <typename T>
void choose(const T &c, Memories &m) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return runWide(c, m);
#endif
  run(c, m);
}

} // namespace

void apply(const Vector &c, Memories &m) { choose(c, m); }
void apply(const Depthwise &c, Memories &m) { choose(c, m); }

} // namespace glowplug::npu
