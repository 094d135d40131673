// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits pooling on blocked tensors.

#include "backends/cpu/compiler/kernels/PoolBlocked.h"

#include "backends/cpu/compiler/kernels/Loop.h"
#include "backends/cpu/compiler/kernels/WindowRow.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <map>

using namespace llvm;

namespace glowplug::cpu {

/// The taps of a kernel row are unrolled, which bounds the kernel's width.
static constexpr int64_t maxKernel = 32;

bool canPoolBlocked(const PoolSpec &spec) {
  return spec.batch > 0 && spec.channels > 0 && spec.rows.out > 0 &&
         spec.columns.out > 0 && spec.columns.kernel <= maxKernel;
}

int64_t PoolPlan::blocks() const {
  return divideCeil(spec.channels, target.lanes);
}

int64_t PoolPlan::unitsPerBlock() const {
  return divideCeil(spec.rows.out, rowsPerUnit);
}

int64_t PoolPlan::workUnits() const {
  return spec.batch * blocks() * unitsPerBlock();
}

PoolPlan planPool(const TargetTraits &target, const PoolSpec &spec) {
  PoolPlan plan;
  plan.target = target;
  plan.spec = spec;
  plan.classes =
      splitColumns(spec.columns, std::min<int64_t>(target.registers - 4, 14));
  // Large enough to pay for its dispatch, small enough to share the work.
  constexpr int64_t unitSteps = 8192;
  const int64_t steps =
      spec.rows.kernel * spec.columns.kernel * spec.columns.out;
  plan.rowsPerUnit = std::clamp<int64_t>(unitSteps / steps, 1, spec.rows.out);
  return plan;
}

namespace {

/// Accumulators of a reduction over blocked elements. Extremes of i8 are found
/// among biased numbers, whose order is that of u8.
class Reducer {
public:
  Reducer(IRBuilder<> &builder, const TargetTraits &target, PoolKind kind,
          Element element)
      : builder(builder), target(target), kind(kind), element(element),
        memoryLane(elementLane(builder.getContext(), element)),
        lane(kind == PoolKind::sum && elementBytes(element) == 1
                 ? builder.getInt32Ty()
                 : memoryLane) {}

  Type *inputLane() const { return memoryLane; }

  Tile start(unsigned rows) const {
    Tile tile(builder, target, lane, rows);
    for (Value *&acc : tile.carried())
      acc = identity();
    return tile;
  }

  /// Vector \p index from \p base on, as it enters combine().
  Value *load(Value *base, int64_t index) const {
    auto *type = FixedVectorType::get(memoryLane, target.lanes);
    Value *value = builder.CreateAlignedLoad(
        type,
        builder.CreateConstGEP1_64(memoryLane, base, index * target.lanes),
        Align(elementBytes(element)));
    if (lane == memoryLane)
      return value;
    auto *wide = FixedVectorType::get(lane, target.lanes);
    return element == Element::i8
               ? builder.CreateSExt(flipBias(builder, value), wide)
               : builder.CreateZExt(value, wide);
  }

  Value *combine(Value *a, Value *b) const;

  /// \p epilogue for accumulators as this leaves them.
  Epilogue after(const Epilogue &epilogue) const {
    if (kind == PoolKind::sum || !isBiased(element))
      return epilogue;
    Epilogue flipped = epilogue;
    flipped.emit = [&epilogue](IRBuilder<> &b, Value *acc,
                               const EpilogueContext &context) {
      acc = flipBias(b, acc);
      return epilogue.emit ? epilogue.emit(b, acc, context) : acc;
    };
    return flipped;
  }

private:
  Value *identity() const;

  IRBuilder<> &builder;
  const TargetTraits &target;
  const PoolKind kind;
  const Element element;
  Type *memoryLane;
  Type *lane;
};

} // namespace

Value *Reducer::identity() const {
  auto *type = FixedVectorType::get(lane, target.lanes);
  if (kind == PoolKind::sum)
    return Constant::getNullValue(type);
  const bool isMax = kind == PoolKind::max;
  if (element == Element::f32)
    return ConstantFP::getInfinity(type, /*Negative=*/isMax);
  const unsigned bits = lane->getIntegerBitWidth();
  if (element == Element::i32)
    return ConstantInt::get(type, isMax ? APInt::getSignedMinValue(bits)
                                        : APInt::getSignedMaxValue(bits));
  return ConstantInt::get(type, isMax ? APInt::getMinValue(bits)
                                      : APInt::getMaxValue(bits));
}

Value *Reducer::combine(Value *a, Value *b) const {
  const bool isMax = kind == PoolKind::max;
  if (element != Element::f32) {
    if (kind == PoolKind::sum)
      return builder.CreateAdd(a, b);
    if (element == Element::i32)
      return builder.CreateBinaryIntrinsic(
          isMax ? Intrinsic::smax : Intrinsic::smin, a, b);
    return builder.CreateBinaryIntrinsic(
        isMax ? Intrinsic::umax : Intrinsic::umin, a, b);
  }
  if (kind == PoolKind::sum)
    return builder.CreateFAdd(a, b);
  // NaN propagates; the order of zeros is free, which saves instructions.
  IRBuilder<>::FastMathFlagGuard guard(builder);
  FastMathFlags flags;
  flags.setNoSignedZeros();
  builder.setFastMathFlags(flags);
  return builder.CreateBinaryIntrinsic(
      isMax ? Intrinsic::maximum : Intrinsic::minimum, a, b);
}

void emitPool(IRBuilder<> &builder, const PoolPlan &plan,
              const PoolBuffers &buffers, const Epilogue &epilogue,
              Value *begin, Value *end) {
  WindowWalk walk;
  walk.target = plan.target;
  walk.batch = plan.spec.batch;
  walk.channels = plan.spec.channels;
  walk.rows = plan.spec.rows;
  walk.columns = plan.spec.columns;
  walk.rowsPerUnit = plan.rowsPerUnit;
  walk.classes = plan.classes;
  const SpatialDim &columns = plan.spec.columns;
  const Reducer reducer(builder, plan.target, plan.spec.kind,
                        plan.spec.element);
  walk.inputLane = reducer.inputLane();
  walk.input = buffers.input;
  walk.result = buffers.result;
  const auto start = [&](Value *, const ValueRange &, const ColumnClass &tile) {
    return reducer.start(tile.width);
  };
  emitWindowWalk(
      builder, walk, start, reducer.after(epilogue), begin, end,
      [&](const WindowTaps &taps, Tile &tile) {
        // Each input vector is loaded once for all outputs that read it.
        std::map<int64_t, SmallVector<int64_t, 4>> outputsOf;
        for (int64_t k = 0; k < columns.kernel; ++k)
          for (int64_t o = taps.tile->taps[k].begin; o < taps.tile->taps[k].end;
               ++o)
            outputsOf[o * columns.stride + k * columns.dilation].push_back(o);
        for (const auto &[pixel, outputs] : outputsOf) {
          Value *value = reducer.load(taps.input, pixel);
          for (int64_t o : outputs)
            tile.acc(o, 0) = reducer.combine(tile.acc(o, 0), value);
        }
      });
}

int64_t planeReduceUnits(const TargetTraits &target,
                         const PlaneReduceSpec &spec) {
  return spec.batch * divideCeil(spec.channels, target.lanes);
}

void emitPlaneReduce(IRBuilder<> &builder, const TargetTraits &target,
                     const PlaneReduceSpec &spec, const PoolBuffers &buffers,
                     const Epilogue &plainEpilogue, Value *begin, Value *end) {
  const int64_t lanes = target.lanes;
  const int64_t blocks = divideCeil(spec.channels, lanes);
  constexpr int64_t chains = 8; // independent sums hide the adder's latency
  const int64_t whole = spec.elements / chains * chains;
  const Reducer reducer(builder, target, spec.kind, spec.element);
  const Epilogue epilogue = reducer.after(plainEpilogue);

  emitLoop(builder, begin, end, 1, [&](Value *number) {
    Tile tile = reducer.start(chains);
    Value *plane = elementAt(builder, reducer.inputLane(), buffers.input,
                             scaled(builder, number, spec.elements * lanes));
    const auto fold = [&](Value *from, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        tile.acc(i, 0) = reducer.combine(tile.acc(i, 0), reducer.load(from, i));
    };
    emitLoop(builder, builder.getInt64(0), builder.getInt64(whole), chains,
             tile.carried(), [&](Value *pixel) {
               fold(elementAt(builder, reducer.inputLane(), plane,
                              scaled(builder, pixel, lanes)),
                    chains);
             });
    fold(elementAt(builder, reducer.inputLane(), plane,
                   builder.getInt64(whole * lanes)),
         spec.elements - whole);
    for (int64_t distance = chains / 2; distance >= 1; distance /= 2)
      for (int64_t i = 0; i < distance; ++i)
        tile.acc(i, 0) =
            reducer.combine(tile.acc(i, 0), tile.acc(i + distance, 0));

    const auto digits = splitNumber(builder, number, {blocks});
    Value *channel = scaled(builder, digits[1], lanes);
    EpilogueContext context;
    context.target = target;
    context.laneDim = 1;
    context.coords = {digits[0], channel, builder.getInt64(0),
                      builder.getInt64(0)};
    if (spec.channels % lanes != 0)
      context.mask =
          laneMask(builder, lanes,
                   builder.CreateSub(builder.getInt64(spec.channels), channel));
    context.resultOffset =
        spec.resultLayout == Layout::blocked
            ? scaled(builder, number, lanes)
            : plus(builder, scaled(builder, digits[0], spec.channels), channel);
    Value *value = tile.acc(0, 0);
    if (epilogue.emit)
      value = epilogue.emit(builder, value, context);
    storeResult(builder, value, buffers.result, context,
                spec.resultLayout == Layout::rowMajor);
  });
}

} // namespace glowplug::cpu
