// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pooling, plane reductions, blocked maps and reorders against direct loops.

#include "backends/cpu/compiler/kernels/PoolBlocked.h"

#include "backends/cpu/compiler/kernels/MapBlocked.h"
#include "backends/cpu/compiler/kernels/Reorder.h"
#include "tests/unit/backends/cpu/compiler/kernels/Buffers.h"
#include "tests/unit/backends/cpu/compiler/kernels/Jit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace llvm;

namespace glowplug::cpu::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double identityOf(PoolKind kind) {
  return kind == PoolKind::sum   ? 0
         : kind == PoolKind::max ? -infinity
                                 : infinity;
}

double combine(PoolKind kind, double a, double b) {
  if (kind == PoolKind::sum)
    return a + b;
  if (std::isnan(a) || std::isnan(b))
    return std::numeric_limits<double>::quiet_NaN();
  return kind == PoolKind::max ? std::max(a, b) : std::min(a, b);
}

bool isNear(double got, double expected, double limit) {
  if (std::isnan(expected))
    return std::isnan(got);
  return got == expected || std::abs(got - expected) <= limit;
}

SpatialDim randomDim(std::mt19937 &random) {
  for (;;) {
    SpatialDim dim;
    dim.in = 1 + random() % (random() % 3 ? 12 : 50);
    dim.kernel = 1 + random() % 5;
    dim.stride = 1 + random() % 3;
    dim.dilation = random() % 3 ? 1 : 2;
    dim.low = random() % 2 ? 0 : random() % 4;
    const int64_t high = random() % 2 ? dim.low : random() % 4;
    const int64_t room =
        dim.in + dim.low + high - dim.dilation * (dim.kernel - 1) - 1;
    if (room < 0)
      continue;
    dim.out = room / dim.stride + 1;
    return dim;
  }
}

/// Random values, some of them NaN; lanes past the last channel are NaN.
void fill(const GuardedBuffer &buffer, const PlaneIndex &at, int64_t batch,
          bool withNan, std::mt19937 &random) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t c = 0; c < at.channels; ++c)
      for (int64_t p = 0; p < at.plane; ++p)
        if (!withNan || random() % 50 != 0)
          buffer[at(n, c, p)] = uniform(random);
}

/// What output pixel \p p of a channel has; \p pixels are the channel's input.
double poolAt(const PoolSpec &spec, int64_t p,
              function_ref<float(int64_t)> pixels) {
  const SpatialDim &rows = spec.rows;
  const SpatialDim &columns = spec.columns;
  double value = identityOf(spec.kind);
  for (int64_t kh = 0; kh < rows.kernel; ++kh)
    for (int64_t kw = 0; kw < columns.kernel; ++kw) {
      const int64_t ih =
          p / columns.out * rows.stride - rows.low + kh * rows.dilation;
      const int64_t iw = p % columns.out * columns.stride - columns.low +
                         kw * columns.dilation;
      if (ih >= 0 && ih < rows.in && iw >= 0 && iw < columns.in)
        value = combine(spec.kind, value, pixels(ih * columns.in + iw));
    }
  return value;
}

void checkPool(Machine &machine, std::mt19937 &random) {
  PoolSpec spec;
  spec.kind = PoolKind(random() % 3);
  spec.batch = 1 + random() % 2;
  spec.channels = 1 + random() % 40;
  spec.rows = randomDim(random);
  spec.columns = randomDim(random);
  ASSERT_TRUE(canPoolBlocked(spec));
  const int64_t lanes = machine.target.lanes;
  const PoolPlan plan = planPool(machine.target, spec);
  const int64_t inPlane = spec.rows.in * spec.columns.in;
  const int64_t outPlane = spec.rows.out * spec.columns.out;
  const PlaneIndex inAt{Layout::blocked, lanes, spec.channels, inPlane};
  const PlaneIndex outAt{Layout::blocked, lanes, spec.channels, outPlane};
  const int64_t padded = (spec.channels + lanes - 1) / lanes * lanes;
  const bool atStart = random() % 2;
  GuardedBuffer input(spec.batch * padded * inPlane, atStart);
  GuardedBuffer result(spec.batch * padded * outPlane, atStart);
  GuardedBuffer scale(outPlane, atStart); // as for an average without padding
  fill(input, inAt, spec.batch, random() % 3 == 0, random);
  scale.randomize(random);
  const bool scales = random() % 2;

  Kernel kernel(
      machine, 3,
      [&](IRBuilder<> &builder, const std::vector<Value *> &buffers,
          Value *begin, Value *end) {
        Epilogue epilogue;
        epilogue.isLong = random() % 2;
        if (scales)
          epilogue.emit = [&](IRBuilder<> &b, Value *acc,
                              const EpilogueContext &context) {
            return b.CreateFMul(
                acc, loadExtra(b, b.getFloatTy(),
                               {buffers[2], false, {0, 0, spec.columns.out, 1}},
                               context));
          };
        emitPool(builder, plan, {buffers[0], buffers[1]}, epilogue, begin, end);
      });
  runShuffled(kernel, {input.data(), result.data(), scale.data()},
              plan.workUnits(), random);

  for (int64_t n = 0; n < spec.batch; ++n)
    for (int64_t c = 0; c < spec.channels; ++c)
      for (int64_t p = 0; p < outPlane; ++p) {
        double expected = poolAt(
            spec, p, [&](int64_t pixel) { return input[inAt(n, c, pixel)]; });
        if (scales)
          expected *= scale[p];
        ASSERT_TRUE(isNear(result[outAt(n, c, p)], expected, 1e-5))
            << "channel " << c << " pixel " << p << ": got "
            << result[outAt(n, c, p)] << ", expected " << expected;
      }
}

TEST(PoolTest, Host) {
  std::mt19937 random(1);
  for (int i = 0; i < 120 && !HasFatalFailure(); ++i)
    checkPool(Machine::host(), random);
}

TEST(PoolTest, Avx2) {
  if (!Machine::avx2().canRun())
    GTEST_SKIP() << "this machine lacks the instructions";
  std::mt19937 random(2);
  for (int i = 0; i < 40 && !HasFatalFailure(); ++i)
    checkPool(Machine::avx2(), random);
}

TEST(PoolTest, Generic) {
  std::mt19937 random(3);
  for (int i = 0; i < 40 && !HasFatalFailure(); ++i)
    checkPool(Machine::generic(), random);
}

void checkPlaneReduce(Machine &machine, std::mt19937 &random) {
  PlaneReduceSpec spec;
  spec.kind = PoolKind(random() % 3);
  spec.batch = 1 + random() % 3;
  spec.channels = 1 + random() % 70;
  spec.elements = 1 + random() % 60;
  spec.resultLayout = random() % 2 ? Layout::rowMajor : Layout::blocked;
  const int64_t lanes = machine.target.lanes;
  const PlaneIndex inAt{Layout::blocked, lanes, spec.channels, spec.elements};
  const PlaneIndex outAt{spec.resultLayout, lanes, spec.channels, 1};
  const int64_t padded = (spec.channels + lanes - 1) / lanes * lanes;
  const bool atStart = random() % 2;
  GuardedBuffer input(spec.batch * padded * spec.elements, atStart);
  GuardedBuffer result(
      bufferElements(spec.resultLayout, lanes, spec.batch, spec.channels, 1, 1),
      atStart);
  fill(input, inAt, spec.batch, random() % 3 == 0, random);
  Kernel kernel(
      machine, 2,
      [&](IRBuilder<> &builder, const std::vector<Value *> &buffers,
          Value *begin, Value *end) {
        Epilogue epilogue;
        epilogue.emit = [&](IRBuilder<> &b, Value *acc,
                            const EpilogueContext &) {
          return b.CreateFMul(acc, ConstantFP::get(acc->getType(), 0.5));
        };
        emitPlaneReduce(builder, machine.target, spec, {buffers[0], buffers[1]},
                        epilogue, begin, end);
      });
  runShuffled(kernel, {input.data(), result.data()},
              planeReduceUnits(machine.target, spec), random);
  for (int64_t n = 0; n < spec.batch; ++n)
    for (int64_t c = 0; c < spec.channels; ++c) {
      double expected = identityOf(spec.kind);
      for (int64_t p = 0; p < spec.elements; ++p)
        expected = combine(spec.kind, expected, input[inAt(n, c, p)]);
      ASSERT_TRUE(isNear(result[outAt(n, c, 0)], expected / 2, 1e-5))
          << "image " << n << " channel " << c;
    }
}

TEST(PlaneReduceTest, HostAndGeneric) {
  std::mt19937 random(4);
  for (int i = 0; i < 60 && !HasFatalFailure(); ++i)
    checkPlaneReduce(i % 2 ? Machine::host() : Machine::generic(), random);
}

void checkReorder(Machine &machine, std::mt19937 &random) {
  ReorderSpec spec;
  spec.from = random() % 2 ? Layout::rowMajor : Layout::blocked;
  spec.batch = 1 + random() % 2;
  spec.channels = 1 + random() % 50;
  spec.plane = 1 + random() % (random() % 2 ? 40 : 1500);
  const int64_t lanes = machine.target.lanes;
  const Layout to =
      spec.from == Layout::rowMajor ? Layout::blocked : Layout::rowMajor;
  const PlaneIndex from{spec.from, lanes, spec.channels, spec.plane};
  const PlaneIndex at{to, lanes, spec.channels, spec.plane};
  const bool atStart = random() % 2;
  const auto elements = [&](Layout layout) {
    return bufferElements(layout, lanes, spec.batch, spec.channels, 1,
                          spec.plane);
  };
  GuardedBuffer input(elements(spec.from), atStart);
  GuardedBuffer result(elements(to), atStart);
  fill(input, from, spec.batch, false, random);
  Kernel kernel(machine, 2,
                [&](IRBuilder<> &builder, const std::vector<Value *> &buffers,
                    Value *begin, Value *end) {
                  emitReorder(builder, machine.target, spec, buffers[0],
                              buffers[1], begin, end);
                });
  runShuffled(kernel, {input.data(), result.data()},
              reorderUnits(machine.target, spec), random);
  for (int64_t n = 0; n < spec.batch; ++n)
    for (int64_t c = 0; c < spec.channels; ++c)
      for (int64_t p = 0; p < spec.plane; ++p)
        ASSERT_EQ(result[at(n, c, p)], input[from(n, c, p)])
            << "channel " << c << " of " << spec.channels << ", pixel " << p
            << " of " << spec.plane;
}

TEST(ReorderTest, HostAndGeneric) {
  std::mt19937 random(5);
  for (int i = 0; i < 80 && !HasFatalFailure(); ++i)
    checkReorder(i % 2 ? Machine::host() : Machine::generic(), random);
}

/// y = x * perChannel + perPixel, on a blocked tensor.
TEST(BlockedMapTest, Broadcasts) {
  std::mt19937 random(6);
  Machine &machine = Machine::host();
  const int64_t lanes = machine.target.lanes;
  for (int i = 0; i < 30; ++i) {
    BlockedShape shape;
    shape.batch = 1 + random() % 2;
    shape.channels = 1 + random() % 40;
    shape.rows = 1 + random() % 9;
    shape.columns = 1 + random() % 9;
    const int64_t plane = shape.rows * shape.columns;
    const PlaneIndex at{Layout::blocked, lanes, shape.channels, plane};
    const int64_t elements =
        bufferElements(Layout::blocked, lanes, shape.batch, shape.channels,
                       shape.rows, shape.columns);
    GuardedBuffer input(elements), result(elements);
    GuardedBuffer perChannel(shape.channels), perPixel(plane);
    fill(input, at, shape.batch, false, random);
    perChannel.randomize(random);
    perPixel.randomize(random);
    Kernel kernel(
        machine, 4,
        [&](IRBuilder<> &builder, const std::vector<Value *> &buffers,
            Value *begin, Value *end) {
          emitBlockedMap(
              builder, machine.target, shape, begin, end,
              [&](const EpilogueContext &context) {
                Type *f32 = builder.getFloatTy();
                Value *x =
                    loadExtra(builder, f32, {buffers[0], true, {}}, context);
                Value *scale = loadExtra(
                    builder, f32, {buffers[2], false, {0, 1, 0, 0}}, context);
                Value *shift = loadExtra(
                    builder, f32, {buffers[3], false, {0, 0, shape.columns, 1}},
                    context);
                Value *y =
                    builder.CreateFAdd(builder.CreateFMul(x, scale), shift);
                storeResult(builder, y, buffers[1], context, false);
              });
        });
    runShuffled(
        kernel,
        {input.data(), result.data(), perChannel.data(), perPixel.data()},
        blockedMapUnits(machine.target, shape), random);
    for (int64_t n = 0; n < shape.batch; ++n)
      for (int64_t c = 0; c < shape.channels; ++c)
        for (int64_t p = 0; p < plane; ++p)
          ASSERT_EQ(result[at(n, c, p)],
                    input[at(n, c, p)] * perChannel[c] + perPixel[p]);
  }
}

} // namespace
} // namespace glowplug::cpu::test
