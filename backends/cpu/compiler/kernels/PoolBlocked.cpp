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

PoolPlan planPool(const KernelTarget &target, const PoolSpec &spec) {
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

static Value *identityOf(PoolKind kind, FixedVectorType *type) {
  switch (kind) {
  case PoolKind::sum:
    return ConstantFP::get(type, 0.0);
  case PoolKind::max:
    return ConstantFP::getInfinity(type, /*Negative=*/true);
  case PoolKind::min:
    return ConstantFP::getInfinity(type);
  }
  llvm_unreachable("unknown pool kind");
}

static Value *combine(IRBuilder<> &builder, PoolKind kind, Value *a, Value *b) {
  if (kind == PoolKind::sum)
    return builder.CreateFAdd(a, b);
  // NaN propagates; the order of zeros is free, which saves instructions.
  IRBuilder<>::FastMathFlagGuard guard(builder);
  FastMathFlags flags;
  flags.setNoSignedZeros();
  builder.setFastMathFlags(flags);
  return builder.CreateBinaryIntrinsic(
      kind == PoolKind::max ? Intrinsic::maximum : Intrinsic::minimum, a, b);
}

void emitPool(IRBuilder<> &builder, const PoolPlan &plan, Value *input,
              Value *result, const Epilogue &epilogue, Value *begin,
              Value *end) {
  WindowWalk walk;
  walk.target = plan.target;
  walk.batch = plan.spec.batch;
  walk.channels = plan.spec.channels;
  walk.rows = plan.spec.rows;
  walk.columns = plan.spec.columns;
  walk.rowsPerUnit = plan.rowsPerUnit;
  walk.classes = plan.classes;
  const SpatialDim &columns = plan.spec.columns;
  const PoolKind kind = plan.spec.kind;
  auto *type = plan.target.vectorType(builder.getContext());
  emitWindowWalk(
      builder, walk, input, result, identityOf(kind, type), epilogue, begin,
      end, [&](const WindowTaps &taps, Tile &tile) {
        // Each input vector is loaded once for all outputs that read it.
        std::map<int64_t, SmallVector<int64_t, 4>> outputsOf;
        for (int64_t k = 0; k < columns.kernel; ++k)
          for (int64_t o = taps.tile->taps[k].begin; o < taps.tile->taps[k].end;
               ++o)
            outputsOf[o * columns.stride + k * columns.dilation].push_back(o);
        for (const auto &[pixel, outputs] : outputsOf) {
          Value *value = tile.loadVector(taps.input, pixel * plan.target.lanes);
          for (int64_t o : outputs)
            tile.acc(o, 0) = combine(builder, kind, tile.acc(o, 0), value);
        }
      });
}

int64_t planeReduceUnits(const KernelTarget &target,
                         const PlaneReduceSpec &spec) {
  return spec.batch * divideCeil(spec.channels, target.lanes);
}

void emitPlaneReduce(IRBuilder<> &builder, const KernelTarget &target,
                     const PlaneReduceSpec &spec, Value *input, Value *result,
                     const Epilogue &epilogue, Value *begin, Value *end) {
  const int64_t lanes = target.lanes;
  const int64_t blocks = divideCeil(spec.channels, lanes);
  constexpr int64_t chains = 8; // independent sums hide the adder's latency
  const int64_t whole = spec.elements / chains * chains;
  auto *type = target.vectorType(builder.getContext());

  emitLoop(builder, begin, end, 1, [&](Value *number) {
    Tile tile(builder, target, Arithmetic::fp32, chains, 1);
    for (Value *&acc : tile.carried())
      acc = identityOf(spec.kind, type);
    Value *plane = elementAt(builder, input,
                             scaled(builder, number, spec.elements * lanes));
    const auto fold = [&](Value *from, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        tile.acc(i, 0) = combine(builder, spec.kind, tile.acc(i, 0),
                                 tile.loadVector(from, i * lanes));
    };
    emitLoop(builder, builder.getInt64(0), builder.getInt64(whole), chains,
             tile.carried(), [&](Value *pixel) {
               fold(elementAt(builder, plane, scaled(builder, pixel, lanes)),
                    chains);
             });
    fold(elementAt(builder, plane, builder.getInt64(whole * lanes)),
         spec.elements - whole);
    for (int64_t distance = chains / 2; distance >= 1; distance /= 2)
      for (int64_t i = 0; i < distance; ++i)
        tile.acc(i, 0) = combine(builder, spec.kind, tile.acc(i, 0),
                                 tile.acc(i + distance, 0));

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
    storeResult(builder, value, result, context,
                spec.resultLayout == Layout::rowMajor);
  });
}

} // namespace glowplug::cpu
