// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions on the tiled kernels.

#include "backends/cpu/compiler/ops/Epilogue.h"
#include "backends/cpu/compiler/tiled/ByteWeights.h"
#include "backends/cpu/compiler/tiled/Tiled.h"
#include "backends/cpu/compiler/tiled/TiledEpilogue.h"
#include "backends/cpu/compiler/tiled/Weights.h"

namespace glowplug::cpu {
namespace {

struct TiledConvKernel {
  static constexpr llvm::StringLiteral name = "tiled conv";

  ConvPlan plan;
  bool hasStart; // in buffer 3, after input, weights and result
  TiledEpilogue epilogue;

  bool operator==(const TiledConvKernel &) const = default;
  unsigned firstExtra() const { return hasStart ? 4 : 3; }
  void emit(Kernel &k) const {
    const DType accumulator = plan.arithmetic == Arithmetic::int8
                                  ? gp_image_dtype_i32
                                  : gp_image_dtype_f32;
    emitConv(k.b, plan,
             {k.buffer(0), k.buffer(1), k.buffer(2),
              hasStart ? k.buffer(3) : nullptr},
             epilogue.emitter(k, firstExtra(), accumulator), k.begin, k.end);
  }
};

struct TiledPoolKernel {
  static constexpr llvm::StringLiteral name = "tiled pool";

  PoolPlan plan;
  DType accumulator;
  TiledEpilogue epilogue;

  bool operator==(const TiledPoolKernel &) const = default;
  void emit(Kernel &k) const {
    emitPool(k.b, plan, {k.buffer(0), k.buffer(1)},
             epilogue.emitter(k, 2, accumulator), k.begin, k.end);
  }
};

struct PlaneReduceKernel {
  static constexpr llvm::StringLiteral name = "tiled plane reduce";

  PlaneReduceSpec spec;
  DType accumulator;
  TiledEpilogue epilogue;

  bool operator==(const PlaneReduceKernel &) const = default;
  void emit(Kernel &k) const {
    emitPlaneReduce(k.b, k.traits, spec, {k.buffer(0), k.buffer(1)},
                    epilogue.emitter(k, 2, accumulator), k.begin, k.end);
  }
};

/// Constants of a convolution in the form of its kernel.
struct PackedWeights {
  ConvPlan plan;
  View weights;
  std::optional<View> start; ///< int8 with a zero point
};

PackedWeights packFloats(Lowering &l, const ConvSpec &spec, ValueId weights) {
  PackedWeights packed;
  packed.plan = planConv(l.traits, spec, chooseConvKind(l.traits, spec),
                         l.options.arithmetic);
  packed.weights = packConstant(
      l, l.view(weights), packed.plan.packedElements(),
      [&](llvm::ArrayRef<float> from, llvm::MutableArrayRef<float> to) {
        packConvWeights(packed.plan, from, to);
      });
  return packed;
}

PackedWeights packBytes(Lowering &l, const Op &op, const ConvOp &conv,
                        ConvSpec spec) {
  const Value &filter = l.value(op.operands[1]);
  const ByteWeights weights =
      readByteWeights(l, op.operands[1], conv.rhsZeroPoints,
                      filter.elements() / filter.shape[0]);
  spec.weightPlanes = weights.planes;
  PackedWeights packed;
  packed.plan =
      planConv(l.traits, spec, chooseConvKind(l.traits, spec, Arithmetic::int8),
               Arithmetic::int8);
  const ConvPlan &plan = packed.plan;
  packed.weights =
      addFilled<int8_t>(l, gp_image_dtype_i8, 4 * plan.packedElements(),
                        [&](llvm::MutableArrayRef<int8_t> to) {
                          packConvWeights(plan, weights.values, to);
                        });
  const int32_t zero =
      biasedZeroPoint(l.value(op.operands[0]).type, conv.lhsZeroPoints);
  if (zero != 0)
    packed.start =
        addFilled<int32_t>(l, gp_image_dtype_i32, plan.startElements(),
                           [&](llvm::MutableArrayRef<int32_t> to) {
                             packConvStart(plan, weights.values, zero, to);
                           });
  return packed;
}

/// Vector multiply-adds of the whole convolution.
int64_t stepsOf(const ConvPlan &plan) {
  const ConvSpec &spec = plan.spec;
  const int64_t inputs = plan.kind == ConvKind::depthwise
                             ? 1
                             : plan.tapSteps() * plan.kernelGroups();
  return spec.batch * plan.outBlocks() * inputs * spec.rows.kernel *
         spec.columns.kernel * spec.rows.out * spec.columns.out;
}

} // namespace

void lowerTiledConv(Lowering &l, const Op &op, const ConvOp &conv,
                    LayoutOpKind kind) {
  const bool isInt8 = l.value(op.operands[0]).type != gp_image_dtype_f32;
  const PackedWeights packed =
      isInt8 ? packBytes(l, op, conv, convSpecOf(l, op, conv))
             : packFloats(l, convSpecOf(l, op, conv), op.operands[1]);
  const ConvPlan &plan = packed.plan;
  const View input = kind == LayoutOpKind::convStem ? l.dense(op.operands[0])
                                                    : l.blocked(op.operands[0]);
  const PlacedEpilogue epilogue =
      PlacedEpilogue::blocked(l, op, conv.epilogue, 2);
  std::vector<View> buffers{input, packed.weights,
                            l.allocateBlocked(op.results[0])};
  l.requireRoom(buffers[2], plan.resultElements());
  if (packed.start)
    buffers.push_back(*packed.start);
  epilogue.appendBuffers(buffers);
  l.addStep(
      TiledConvKernel{plan, packed.start.has_value(), epilogue.epilogue()},
      buffers, plan.workUnits(), stepsOf(plan) * stepPs / plan.workUnits());
}

void lowerTiledPool(Lowering &l, const Op &op, const WindowOp &window) {
  const PoolSpec spec = poolSpecOf(l, op, window);
  const PoolPlan plan = planPool(l.traits, spec);
  const View input = l.blocked(op.operands[0]);
  const PlacedEpilogue epilogue =
      PlacedEpilogue::blocked(l, op, window.epilogue, 1);
  std::vector<View> buffers{input, l.allocateBlocked(op.results[0])};
  l.requireRoom(buffers[1], plan.resultElements());
  epilogue.appendBuffers(buffers);
  const int64_t steps = plan.rowsPerUnit * spec.columns.out * spec.rows.kernel *
                        spec.columns.kernel;
  const DType accumulator = runType(window.kind, l.value(op.operands[0]).type);
  l.addStep(TiledPoolKernel{plan, accumulator, epilogue.epilogue()}, buffers,
            plan.workUnits(), steps * stepPs);
}

void lowerTiledPlaneReduce(Lowering &l, const Op &op, const ReduceOp &reduce) {
  const Shape shape = planeShape(l.value(op.operands[0]).shape);
  PlaneReduceSpec spec;
  spec.kind = reduce.kind == gp_image_reduce_kind_max   ? PoolKind::max
              : reduce.kind == gp_image_reduce_kind_min ? PoolKind::min
                                                        : PoolKind::sum;
  spec.element = *elementOf(l.value(op.operands[0]).type);
  spec.batch = shape[0];
  spec.channels = shape[1];
  spec.elements = shape[2] * shape[3];
  const View input = l.blocked(op.operands[0]);
  const PlacedEpilogue epilogue =
      PlacedEpilogue::blocked(l, op, reduce.epilogue, 1,
                              /*isStoredBlocked=*/false);
  std::vector<View> buffers{input, l.allocate(op.results[0])};
  l.requireRoom(buffers[1], spec.batch * spec.channels);
  epilogue.appendBuffers(buffers);
  const DType accumulator = runType(reduce.kind, l.value(op.operands[0]).type);
  l.addStep(PlaneReduceKernel{spec, accumulator, epilogue.epilogue()}, buffers,
            planeReduceUnits(l.traits, spec), spec.elements * stepPs);
}

} // namespace glowplug::cpu
