// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products on the tiled kernel.

#include "backends/cpu/compiler/kernels/MatMul.h"

#include "backends/cpu/compiler/tiled/ByteWeights.h"
#include "backends/cpu/compiler/tiled/ComputedBytes.h"
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
PackedOperands packBytes(Lowering &l, const MatMulPlan &plan,
                         const ByteWeights &weights, int32_t lhsZero) {
  PackedOperands packed;
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

/// True if constants less the zero points of \p product are weights.
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
      << int64_t(spec.isLhsSigned) << int64_t(spec.isRhsUnsigned)
      << int64_t(spec.isLhsWide) << spec.weightPlanes
      << int64_t(spec.batch.size());
  for (const BatchDim &dim : spec.batch)
    key << dim.size << dim.lhsStride << dim.rhsStride << dim.lhsMatrices;
}

/// Adds the step of the kernel, with its epilogue. \p dropped: leading dims
/// that \p plan does not know of.
void addProduct(Lowering &l, const Op &op, const MatMulOp &product,
                const MatMulPlan &plan, const View &lhs,
                const PackedOperands &packed, size_t dropped) {
  const TiledEpilogue epilogue =
      TiledEpilogue::rowMajor(l, op, product.epilogue, 2, dropped);
  std::vector<View> buffers{lhs, packed.rhs, l.allocate(op.results[0])};
  const auto append = [&](const std::optional<View> &view) -> unsigned {
    if (!view)
      return 0;
    buffers.push_back(*view);
    return buffers.size() - 1;
  };
  l.requireRoom(buffers[2], plan.resultElements());
  const unsigned start = append(packed.start);
  const unsigned rowStart = append(packed.rowStart);
  const unsigned firstExtra = buffers.size();
  epilogue.appendBuffers(buffers);
  Key key("tiled matmul");
  addTo(key, plan);
  key << int64_t(start) << int64_t(rowStart);
  epilogue.addTo(key);
  const int64_t steps = plan.batches() * plan.columnBlocks() * plan.spec.m *
                        std::max<int64_t>(plan.steps(), 1);
  const uint64_t cost = steps * stepPs / plan.workUnits();
  const DType accumulator = plan.arithmetic == Arithmetic::int8
                                ? gp_image_dtype_i32
                                : gp_image_dtype_f32;
  l.addStep(key, buffers, plan.workUnits(), cost, [&](Kernel &k) {
    const auto bufferOf = [&](unsigned index) {
      return index ? k.buffer(index) : nullptr;
    };
    emitMatMul(k.b, plan,
               {k.buffer(0), k.buffer(1), k.buffer(2), bufferOf(start),
                bufferOf(rowStart)},
               epilogue.emitter(k, firstExtra, accumulator), k.begin, k.end);
  });
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
  const bool isConstant = isOneMatrix && l.storage(rhs.storage).isConstant() &&
                          (!isInt8 || takesZeroPoints(product));
  ByteOperands bytes;
  if (isInt8 && !isConstant) {
    const auto lhsZero = singleZeroPoint(product.lhsZeroPoints);
    const auto rhsZero = singleZeroPoint(product.rhsZeroPoints);
    if (!lhsZero || !rhsZero)
      return false;
    bytes.lhsZero = *lhsZero;
    bytes.rhsZero = *rhsZero;
  }
  MatMulSpec spec;
  spec.packedRhs = isConstant || isInt8;
  if (!isConstant)
    rhs =
        isInt8 ? rowsOrColumnsOf(l, op.operands[1]) : rowsOf(l, op.operands[1]);
  View lhs = rowsOf(l, op.operands[0]);
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

  bytes.lhs = lhs;
  bytes.rhs = rhs;
  if (isInt8 && wantsWideLhs(l.traits))
    lhs = widenRows(l, lhs, dropped, spec);
  ByteWeights weights;
  if (isInt8 && isConstant) {
    weights = readByteWeights(l, op.operands[1], product.rhsZeroPoints, 1);
    spec.weightPlanes = weights.planes;
    spec.isLhsSigned = bytes.lhs.type == gp_image_dtype_i8;
  } else if (isInt8) {
    bytes.describe(spec, dropped);
  }
  const MatMulPlan plan = planMatMul(l.traits, spec, *arithmetic);
  PackedOperands packed;
  packed.rhs = rhs;
  if (isInt8 && isConstant) {
    const int64_t lhsZero =
        product.lhsZeroPoints.empty() ? 0 : product.lhsZeroPoints[0];
    packed = packBytes(l, plan, weights, int32_t(lhsZero));
  } else if (isInt8) {
    packed = packComputed(l, plan, bytes, dropped);
  } else if (isConstant) {
    packed.rhs = packRhs(l, plan, rhs);
  }
  addProduct(l, op, product, plan, lhs, packed, dropped);
  return true;
}

} // namespace glowplug::cpu
