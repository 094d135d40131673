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

struct TiledMatMulKernel {
  static constexpr llvm::StringLiteral name = "tiled matmul";

  MatMulPlan plan;
  bool hasStart, hasRowStart; // in this order after lhs, rhs and result
  TiledEpilogue epilogue;

  bool operator==(const TiledMatMulKernel &) const = default;
  void emit(Kernel &k) const {
    unsigned next = 3;
    llvm::Value *start = hasStart ? k.buffer(next++) : nullptr;
    llvm::Value *rowStart = hasRowStart ? k.buffer(next++) : nullptr;
    const DType accumulator = plan.arithmetic == Arithmetic::int8
                                  ? gp_image_dtype_i32
                                  : gp_image_dtype_f32;
    emitMatMul(k.b, plan,
               {k.buffer(0), k.buffer(1), k.buffer(2), start, rowStart},
               epilogue.emitter(k, next, accumulator), k.begin, k.end);
  }
};

/// A product before it is lowered: what is known of its operands, and how the
/// kernel is to see them.
struct TiledProduct {
  const MatMulOp &op;
  Arithmetic arithmetic;
  ValueId lhsId, rhsId;
  View lhs = {}, rhs = {};
  bool isConstant = false; ///< the right side: one matrix, packed when compiled
  bool isOneMatrix = true; ///< the right side
  size_t dropped = 0;      ///< leading dims that the kernel does not know of
  ByteOperands bytes = {}; ///< of an 8-bit product

  bool isInt8() const { return arithmetic == Arithmetic::int8; }
};

/// What the kernel can do of \p op; nothing if it does not fit.
std::optional<TiledProduct> recognise(Lowering &l, const Op &op,
                                      const MatMulOp &matmul) {
  const Value &result = l.value(op.results[0]);
  const auto arithmetic = arithmeticFor(l, l.value(op.operands[0]).type,
                                        l.value(op.operands[1]).type);
  if (!arithmetic || result.elements() == 0 ||
      l.value(op.operands[0]).elements() == 0)
    return std::nullopt;
  TiledProduct product{matmul, *arithmetic, op.operands[0], op.operands[1]};
  product.rhs = l.view(product.rhsId);
  for (size_t d = 0; d + 2 < result.shape.size(); ++d)
    product.isOneMatrix &= product.rhs.sizes[d] == 1;
  product.isConstant = product.isOneMatrix &&
                       l.storage(product.rhs.storage).isConstant() &&
                       (!product.isInt8() || takesZeroPoints(matmul));
  if (!product.isInt8() || product.isConstant)
    return product;
  const auto lhsZero = singleZeroPoint(matmul.lhsZeroPoints);
  const auto rhsZero = singleZeroPoint(matmul.rhsZeroPoints);
  if (!lhsZero || !rhsZero)
    return std::nullopt;
  product.bytes.lhsZero = *lhsZero;
  product.bytes.rhsZero = *rhsZero;
  return product;
}

/// Has the operands lie as the kernel wants them, and describes them.
MatMulSpec placeOperands(Lowering &l, const Shape &result,
                         TiledProduct &product) {
  const size_t rank = result.size();
  if (!product.isConstant)
    product.rhs = product.isInt8() ? rowsOrColumnsOf(l, product.rhsId)
                                   : rowsOf(l, product.rhsId);
  product.lhs = rowsOf(l, product.lhsId);
  const View &lhs = product.lhs, &rhs = product.rhs;
  MatMulSpec spec;
  spec.packedRhs = product.isConstant || product.isInt8();
  spec.m = result[rank - 2];
  spec.n = result[rank - 1];
  spec.k = lhs.sizes[rank - 1];
  spec.lhsRowStride = rowStride(lhs);
  if (!spec.packedRhs)
    spec.rhsRowStride = rowStride(rhs);
  // Leading dims of size 1 would only cost divisions.
  while (product.dropped + 2 < rank && result[product.dropped] == 1)
    ++product.dropped;
  for (size_t d = product.dropped; d + 2 < rank; ++d)
    spec.batch.push_back(
        {result[d], lhs.sizes[d] == 1 ? 0 : lhs.strides[d],
         product.isOneMatrix || rhs.sizes[d] == 1 ? 0 : rhs.strides[d]});
  product.bytes.lhs = lhs;
  product.bytes.rhs = rhs;
  if (product.isInt8() && wantsWideLhs(l.traits))
    product.lhs = widenRows(l, lhs, product.dropped, spec);
  return spec;
}

/// A plan, and the right side in the order that it asks for.
struct PlannedProduct {
  MatMulPlan plan;
  PackedOperands packed;
};

PlannedProduct planAndPack(Lowering &l, const TiledProduct &product,
                           MatMulSpec spec) {
  const bool isInt8 = product.isInt8();
  ByteWeights weights;
  if (isInt8 && product.isConstant) {
    weights = readByteWeights(l, product.rhsId, product.op.rhsZeroPoints, 1);
    spec.weightPlanes = weights.planes;
    spec.isLhsSigned = product.bytes.lhs.type == gp_image_dtype_i8;
  } else if (isInt8) {
    product.bytes.describe(spec, product.dropped);
  }
  const MatMulPlan plan = planMatMul(l.traits, spec, product.arithmetic);
  if (isInt8 && product.isConstant) {
    const auto &zeroPoints = product.op.lhsZeroPoints;
    const int64_t lhsZero = zeroPoints.empty() ? 0 : zeroPoints[0];
    return {plan, packBytes(l, plan, weights, int32_t(lhsZero))};
  }
  if (isInt8)
    return {plan, packComputed(l, plan, product.bytes, product.dropped)};
  if (product.isConstant)
    return {plan, {packRhs(l, plan, product.rhs), {}, {}}};
  return {plan, {product.rhs, {}, {}}};
}

/// Adds the step of the kernel, with its epilogue.
void addProduct(Lowering &l, const Op &op, const TiledProduct &product,
                const PlannedProduct &planned) {
  const auto &[plan, packed] = planned;
  const PlacedEpilogue epilogue =
      PlacedEpilogue::rowMajor(l, op, product.op.epilogue, 2, product.dropped);
  std::vector<View> buffers{product.lhs, packed.rhs, l.allocate(op.results[0])};
  l.requireRoom(buffers[2], plan.resultElements());
  for (const auto &start : {packed.start, packed.rowStart})
    if (start)
      buffers.push_back(*start);
  epilogue.appendBuffers(buffers);
  const int64_t steps = plan.batches() * plan.columnBlocks() * plan.spec.m *
                        std::max<int64_t>(plan.steps(), 1);
  l.addStep(TiledMatMulKernel{plan, packed.start.has_value(),
                              packed.rowStart.has_value(), epilogue.epilogue()},
            buffers, plan.workUnits(), steps * stepPs / plan.workUnits());
}

} // namespace

bool lowerTiledMatMul(Lowering &l, const Op &op, const MatMulOp &matmul) {
  std::optional<TiledProduct> product = recognise(l, op, matmul);
  if (!product)
    return false;
  const MatMulSpec spec =
      placeOperands(l, l.value(op.results[0]).shape, *product);
  addProduct(l, op, *product, planAndPack(l, *product, spec));
  return true;
}

} // namespace glowplug::cpu
