// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions on the tiled kernels.

#include "backends/cpu/compiler/tiled/Tiled.h"
#include "backends/cpu/compiler/tiled/TiledEpilogue.h"
#include "backends/cpu/compiler/tiled/Weights.h"

namespace glowplug::cpu {
namespace {

Key &operator<<(Key &key, const SpatialDim &dim) {
  return key << dim.in << dim.out << dim.kernel << dim.stride << dim.dilation
             << dim.low;
}

/// The weights in the order of the kernel, as a new constant segment.
View packWeights(Lowering &l, const ConvPlan &plan, ValueId weights) {
  return packConstant(
      l, l.view(weights), plan.packedElements(),
      [&](llvm::ArrayRef<float> from, llvm::MutableArrayRef<float> to) {
        packConvWeights(plan, from, to);
      });
}

/// Vector multiply-adds of the whole convolution.
int64_t stepsOf(const ConvPlan &plan) {
  const ConvSpec &spec = plan.spec;
  const int64_t inputs =
      plan.kind == ConvKind::depthwise ? 1 : plan.groupIn() * spec.groups;
  return spec.batch * plan.outBlocks() * inputs * spec.rows.kernel *
         spec.columns.kernel * spec.rows.out * spec.columns.out;
}

} // namespace

void lowerTiledConv(Lowering &l, const Op &op, const ConvOp &conv,
                    LayoutOpKind kind) {
  const ConvSpec spec = convSpecOf(l, op, conv);
  const ConvPlan plan =
      planConv(l.kernelTarget, spec, chooseConvKind(l.kernelTarget, spec),
               l.options.arithmetic);
  const View input = kind == LayoutOpKind::convStem ? l.dense(op.operands[0])
                                                    : l.blocked(op.operands[0]);
  const TiledEpilogue epilogue =
      TiledEpilogue::blocked(l, op, conv.epilogue, 2);
  std::vector<View> buffers{input, packWeights(l, plan, op.operands[1]),
                            l.allocateBlocked(op.results[0])};
  epilogue.appendBuffers(buffers);

  Key key("tiled conv");
  key << int64_t(plan.arithmetic) << int64_t(plan.kind) << spec.batch
      << spec.inChannels << spec.outChannels << spec.groups << spec.rows
      << spec.columns;
  epilogue.addTo(key);
  const uint64_t cost = stepsOf(plan) * stepPs / plan.workUnits();
  l.addStep(key, buffers, plan.workUnits(), cost, [&](Kernel &k) {
    emitConv(k.b, plan, {k.buffer(0), k.buffer(1), k.buffer(2)},
             epilogue.emitter(k, 3), k.begin, k.end);
  });
}

void lowerTiledPool(Lowering &l, const Op &op, const WindowOp &window) {
  const PoolSpec spec = poolSpecOf(l, op, window);
  const PoolPlan plan = planPool(l.kernelTarget, spec);
  const View input = l.blocked(op.operands[0]);
  const TiledEpilogue epilogue =
      TiledEpilogue::blocked(l, op, window.epilogue, 1);
  std::vector<View> buffers{input, l.allocateBlocked(op.results[0])};
  epilogue.appendBuffers(buffers);

  Key key("tiled pool");
  key << int64_t(spec.kind) << spec.batch << spec.channels << spec.rows
      << spec.columns;
  epilogue.addTo(key);
  const int64_t steps = plan.rowsPerUnit * spec.columns.out * spec.rows.kernel *
                        spec.columns.kernel;
  l.addStep(key, buffers, plan.workUnits(), steps * stepPs, [&](Kernel &k) {
    emitPool(k.b, plan, k.buffer(0), k.buffer(1), epilogue.emitter(k, 2),
             k.begin, k.end);
  });
}

void lowerTiledPlaneReduce(Lowering &l, const Op &op, const ReduceOp &reduce) {
  const Shape shape = planeShape(l.value(op.operands[0]).shape);
  PlaneReduceSpec spec;
  spec.kind = reduce.kind == gp_image_reduce_kind_max   ? PoolKind::max
              : reduce.kind == gp_image_reduce_kind_min ? PoolKind::min
                                                        : PoolKind::sum;
  spec.batch = shape[0];
  spec.channels = shape[1];
  spec.elements = shape[2] * shape[3];
  const View input = l.blocked(op.operands[0]);
  const TiledEpilogue epilogue =
      TiledEpilogue::blocked(l, op, reduce.epilogue, 1);
  std::vector<View> buffers{input, l.allocate(op.results[0])};
  epilogue.appendBuffers(buffers);

  Key key("tiled plane reduce");
  key << int64_t(spec.kind) << spec.batch << spec.channels << spec.elements;
  epilogue.addTo(key);
  l.addStep(key, buffers, planeReduceUnits(l.kernelTarget, spec),
            spec.elements * stepPs, [&](Kernel &k) {
              emitPlaneReduce(k.b, l.kernelTarget, spec, k.buffer(0),
                              k.buffer(1), epilogue.emitter(k, 2), k.begin,
                              k.end);
            });
}

} // namespace glowplug::cpu
