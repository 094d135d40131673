// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products on the tiled kernel.

#include "backends/cpu/compiler/kernels/MatMul.h"

#include "backends/cpu/compiler/tiled/ByteWeights.h"
#include "backends/cpu/compiler/tiled/Tiled.h"
#include "backends/cpu/compiler/tiled/TiledEpilogue.h"
#include "backends/cpu/compiler/tiled/Weights.h"

namespace glowplug::cpu {
namespace {

/// Takes the operand \p id as it lies if its rows have neighbouring elements,
/// else as a dense copy.
View rowsOf(Lowering &l, ValueId id) {
  const View &view = l.view(id);
  const size_t last = view.sizes.size() - 1;
  const bool hasRows =
      (view.strides[last] == 1 || view.sizes[last] == 1) &&
      (view.strides[last - 1] > 0 || view.sizes[last - 1] == 1);
  return hasRows ? view : l.dense(id);
}

/// Elements from row to row; 0 (the default) if there is but one.
int64_t rowStride(const View &view) {
  const size_t dim = view.sizes.size() - 2;
  return view.sizes[dim] == 1 ? 0 : view.strides[dim];
}

/// The right side, one constant matrix, in the order of the kernel.
View packRhs(Lowering &l, const MatMulPlan &plan, const View &rhs) {
  return packConstant(
      l, rhs, plan.packedElements(),
      [&](llvm::ArrayRef<float> from, llvm::MutableArrayRef<float> to) {
        packMatMulRhs(plan, from, to);
      });
}

/// Constants of an 8-bit product in the form of its kernel.
struct PackedBytes {
  View rhs;
  std::optional<View> start;
};

PackedBytes packBytes(Lowering &l, const MatMulPlan &plan,
                      const ByteWeights &weights, int32_t lhsZero) {
  PackedBytes packed;
  packed.rhs =
      addFilled<int8_t>(l, gp_image_dtype_i8, 4 * plan.packedElements(),
                        [&](llvm::MutableArrayRef<int8_t> to) {
                          packMatMulRhs(plan, weights.values, to);
                        });
  if (lhsZero != 0 || plan.spec.isLhsSigned)
    packed.start =
        addFilled<int32_t>(l, gp_image_dtype_i32, plan.startElements(),
                           [&](llvm::MutableArrayRef<int32_t> to) {
                             packMatMulStart(plan, weights.values, lhsZero, to);
                           });
  return packed;
}

/// True if the int8 kernel takes the zero points of \p product.
bool takesZeroPoints(const MatMulOp &product) {
  return product.lhsZeroPoints.size() <= 1 &&
         llvm::all_of(product.rhsZeroPoints, [](int64_t zeroPoint) {
           return zeroPoint >= -255 && zeroPoint <= 255;
         });
}

void addTo(Key &key, const MatMulPlan &plan) {
  const MatMulSpec &spec = plan.spec;
  key << int64_t(plan.arithmetic) << spec.m << spec.n << spec.k
      << spec.lhsRowStride << spec.rhsRowStride << int64_t(spec.packedRhs)
      << int64_t(spec.isLhsSigned) << spec.weightPlanes
      << int64_t(spec.batch.size());
  for (const BatchDim &dim : spec.batch)
    key << dim.size << dim.lhsStride << dim.rhsStride;
}

} // namespace

bool lowerTiledMatMul(Lowering &l, const Op &op, const MatMulOp &product) {
  const Value &result = l.value(op.results[0]);
  const auto arithmetic = arithmeticFor(l, l.value(op.operands[0]).type,
                                        l.value(op.operands[1]).type);
  if (!arithmetic)
    return false;
  const bool isInt8 = *arithmetic == Arithmetic::int8;
  const size_t rank = result.shape.size();
  if (result.elements() == 0 || l.value(op.operands[0]).elements() == 0)
    return false;

  View rhs = l.view(op.operands[1]);
  bool isOneMatrix = true;
  for (size_t d = 0; d + 2 < rank; ++d)
    isOneMatrix &= rhs.sizes[d] == 1;
  MatMulSpec spec;
  spec.packedRhs = isOneMatrix && l.storage(rhs.storage).isConstant();
  if (isInt8 && (!spec.packedRhs || !takesZeroPoints(product)))
    return false;
  ByteWeights weights;
  if (isInt8) {
    weights = readByteWeights(l, op.operands[1], product.rhsZeroPoints, 1);
    spec.weightPlanes = weights.planes;
    spec.isLhsSigned = l.value(op.operands[0]).type == gp_image_dtype_i8;
  }
  if (!spec.packedRhs)
    rhs = rowsOf(l, op.operands[1]);
  const View lhs = rowsOf(l, op.operands[0]);
  spec.m = result.shape[rank - 2];
  spec.n = result.shape[rank - 1];
  spec.k = lhs.sizes[rank - 1];
  spec.lhsRowStride = rowStride(lhs);
  if (!spec.packedRhs)
    spec.rhsRowStride = rowStride(rhs);
  // Leading dims of size 1 would only cost divisions.
  size_t dropped = 0;
  while (dropped + 2 < rank && result.shape[dropped] == 1)
    ++dropped;
  for (size_t d = dropped; d + 2 < rank; ++d)
    spec.batch.push_back(
        {result.shape[d], lhs.sizes[d] == 1 ? 0 : lhs.strides[d],
         isOneMatrix || rhs.sizes[d] == 1 ? 0 : rhs.strides[d]});

  const MatMulPlan plan = planMatMul(l.kernelTarget, spec, *arithmetic);
  std::optional<View> start;
  if (isInt8) {
    const int64_t lhsZero =
        product.lhsZeroPoints.empty() ? 0 : product.lhsZeroPoints[0];
    PackedBytes packed = packBytes(l, plan, weights, int32_t(lhsZero));
    rhs = packed.rhs;
    start = packed.start;
  } else if (spec.packedRhs) {
    rhs = packRhs(l, plan, rhs);
  }
  const TiledEpilogue epilogue =
      TiledEpilogue::rowMajor(l, op, product.epilogue, 2, dropped);
  std::vector<View> buffers{lhs, rhs, l.allocate(op.results[0])};
  if (start)
    buffers.push_back(*start);
  const unsigned firstExtra = start ? 4 : 3;
  epilogue.appendBuffers(buffers);
  Key key("tiled matmul");
  addTo(key, plan);
  key << int64_t(firstExtra);
  epilogue.addTo(key);
  const int64_t steps = plan.batches() * plan.columnBlocks() * spec.m *
                        std::max<int64_t>(plan.steps(), 1);
  const uint64_t cost = steps * stepPs / plan.workUnits();
  l.addStep(key, buffers, plan.workUnits(), cost, [&](Kernel &k) {
    emitMatMul(
        k.b, plan,
        {k.buffer(0), k.buffer(1), k.buffer(2), start ? k.buffer(3) : nullptr},
        epilogue.emitter(k, firstExtra,
                         isInt8 ? gp_image_dtype_i32 : gp_image_dtype_f32),
        k.begin, k.end);
  });
  return true;
}

} // namespace glowplug::cpu
