// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits matrix products.

#include "backends/cpu/compiler/kernels/MatMul.h"

#include "backends/cpu/compiler/kernels/Loop.h"
#include "backends/cpu/compiler/kernels/Units.h"

#include "llvm/IR/Intrinsics.h"

using namespace llvm;

namespace glowplug::cpu {

namespace {

/// Products with at most this many rows are bound by the stream of the right
/// side, which they prefetch.
constexpr int64_t maxStreamedRows = 4;

/// How far ahead, in f32 elements.
constexpr int64_t prefetchDistance = 2048;

class MatMulEmitter {
public:
  MatMulEmitter(IRBuilder<> &builder, const MatMulPlan &plan,
                const MatMulBuffers &buffers, const Epilogue &epilogue)
      : builder(builder), plan(plan), buffers(buffers), epilogue(epilogue),
        lanes(plan.target.lanes), isInt8(plan.arithmetic == Arithmetic::int8),
        isPaired(plan.spec.isLhsWide), lhsLane(laneOfLhs(builder)),
        streams(plan.spec.packedRhs && plan.spec.m <= maxStreamedRows) {}

  void emitUnit(Value *number);

private:
  Type *laneOfLhs(IRBuilder<> &builder) const {
    return isPaired ? builder.getInt32Ty()
           : isInt8 ? builder.getInt8Ty()
                    : builder.getFloatTy();
  }

  /// Elements of the left side per step.
  int64_t lhsStep() const {
    return isPaired ? 2 : productsPerStep(plan.arithmetic);
  }

  struct Place {
    SmallVector<Value *, 4> batch; ///< one index per batch dim
    Value *batchNumber, *panel, *chunk;
    int64_t vectors = 0; ///< of this panel
    bool isLast = false; ///< panel with columns past N, or fewer vectors
    Value *lhs = nullptr, *rhs = nullptr; ///< of the batch; rhs of the panel
    Value *start = nullptr, *rowStart = nullptr; ///< likewise
  };

  void emitPanel(Place place);
  void emitTile(const Place &place, const ColumnClass &tile, Value *row);
  void startTile(const Place &place, Tile &acc, Value *row);
  Value *matrixOf(const Place &place, int64_t BatchDim::*stride);
  /// \p lastColumns: of the left side that the last step takes.
  void emitSteps(const Place &place, Tile &acc, Value *left, Value *row,
                 int64_t steps, int64_t lastColumns);
  SmallVector<Value *, 8> loadFactors(const Place &place, Tile &acc, Value *row,
                                      int64_t part);
  Value *loadLhs(Tile &acc, Value *left, int64_t offset, int64_t columns);
  Value *loadRhs(const Place &place, Tile &acc, Value *row, int64_t offset,
                 unsigned vector);
  Value *columnMask(Value *column);
  Value *resultBase(const Place &place, Value *row);
  EpilogueContext locate(const Place &place, Value *base, Value *row,
                         Value *tileRow, Value *vector);

  /// True if the last vector of the last panel has columns past N.
  bool hasTail() const { return plan.spec.n % lanes != 0; }

  /// Elements from one row of a panel's right side to the next.
  int64_t rhsStep(const Place &place) const {
    return plan.spec.packedRhs ? place.vectors * lanes * plan.stepVectors()
                               : plan.spec.rhsRowStride;
  }

  IRBuilder<> &builder;
  const MatMulPlan &plan;
  const MatMulBuffers &buffers;
  const Epilogue &epilogue;
  const int64_t lanes;
  const bool isInt8;
  const bool isPaired; ///< both sides are WordPairs
  Type *lhsLane;       ///< type of an element of the left side
  const bool streams;
};

} // namespace

void MatMulEmitter::emitUnit(Value *number) {
  SmallVector<int64_t> radices;
  for (const BatchDim &dim :
       ArrayRef(plan.spec.batch).drop_front(plan.spec.batch.empty() ? 0 : 1))
    radices.push_back(dim.size);
  const auto digits =
      splitNumber(builder, number, {plan.panels(), plan.unitsPerPanel()});
  Place place;
  place.batchNumber = digits[0];
  place.panel = digits[1];
  place.chunk = digits[2];
  if (!plan.spec.batch.empty())
    place.batch = splitNumber(builder, place.batchNumber, radices);

  const int64_t rest = plan.columnBlocks() % plan.vectors;
  const int64_t lastVectors = rest ? rest : plan.vectors;
  place.vectors = plan.vectors;
  if (!rest && !hasTail()) {
    emitPanel(place);
    return;
  }
  // The last panel differs: a second copy of the code.
  Value *isLast =
      builder.CreateICmpEQ(place.panel, builder.getInt64(plan.panels() - 1));
  if (plan.panels() > 1)
    emitIf(builder, builder.CreateNot(isLast), [&] { emitPanel(place); });
  else
    isLast = builder.getTrue();
  place.vectors = lastVectors;
  place.isLast = true;
  emitIf(builder, isLast, [&] { emitPanel(place); });
}

/// The sum of the batch indices times \p stride.
Value *MatMulEmitter::matrixOf(const Place &place, int64_t BatchDim::*stride) {
  Value *sum = builder.getInt64(0);
  for (auto [index, dim] : zip_equal(place.batch, plan.spec.batch))
    if (dim.*stride)
      sum = plus(builder, sum, scaled(builder, index, dim.*stride));
  return sum;
}

void MatMulEmitter::emitPanel(Place place) {
  const MatMulSpec &spec = plan.spec;
  Value *column = scaled(builder, place.panel, plan.vectors * lanes);
  Value *rhsOffset = matrixOf(place, &BatchDim::rhsStride);
  if (buffers.start)
    place.start = elementAt(
        builder, buffers.start,
        plus(builder, scaled(builder, rhsOffset, plan.startElements()),
             column));
  if (buffers.rowStart)
    place.rowStart = elementAt(
        builder, buffers.rowStart,
        scaled(builder, matrixOf(place, &BatchDim::lhsMatrices), spec.m));
  if (spec.packedRhs)
    rhsOffset =
        plus(builder, scaled(builder, rhsOffset, plan.packedElements()),
             scaled(builder, column, plan.steps() * plan.stepVectors()));
  else
    rhsOffset = plus(builder, rhsOffset, column);
  place.lhs = elementAt(builder, lhsLane, buffers.lhs,
                        matrixOf(place, &BatchDim::lhsStride));
  place.rhs = elementAt(builder, buffers.rhs, rhsOffset);

  int64_t count = 0;
  for (const ColumnClass &tile : plan.classes)
    count += tile.count;
  const ValueRange tiles =
      chunkRange(builder, place.chunk, plan.tilesPerUnit, count);
  forEachTile(
      builder, plan.classes, &tiles,
      [&](const ColumnClass &tile, Value *row) { emitTile(place, tile, row); });
}

void MatMulEmitter::emitTile(const Place &place, const ColumnClass &tile,
                             Value *row) {
  Tile acc(builder, plan.target, plan.arithmetic, tile.width, place.vectors);
  startTile(place, acc, row);
  Value *lhs = elementAt(builder, lhsLane, place.lhs,
                         scaled(builder, row, plan.spec.lhsRowStride));
  // More steps in a row make the scheduler load ahead until it spills.
  const int64_t unroll = isPaired ? 1 : 4;
  const int64_t perStep = productsPerStep(plan.arithmetic);
  const int64_t whole = plan.spec.k / (perStep * unroll) * unroll;
  const int64_t rest = plan.spec.k - whole * perStep;
  const int64_t step = rhsStep(place);
  acc.carried().append({opaque(builder, lhs), opaque(builder, place.rhs)});
  const auto emitSome = [&](int64_t steps, int64_t lastColumns) {
    Value *&lhsHere = acc.carried().end()[-2];
    Value *&rhsHere = acc.carried().end()[-1];
    emitSteps(place, acc, lhsHere, rhsHere, steps, lastColumns);
    lhsHere = builder.CreateConstGEP1_64(lhsLane, lhsHere, steps * lhsStep());
    rhsHere =
        builder.CreateConstGEP1_64(builder.getFloatTy(), rhsHere, steps * step);
  };
  emitLoop(builder, builder.getInt64(0), builder.getInt64(whole), unroll,
           acc.carried(), [&](Value *) { emitSome(unroll, perStep); });
  if (rest != 0)
    emitSome(plan.steps() - whole, (rest - 1) % perStep + 1);
  acc.carried().pop_back_n(2);
  Value *base = opaque(builder, resultBase(place, row));
  acc.finish(
      buffers.result, epilogue,
      [&](Value *tileRow, Value *vector) {
        return locate(place, base, row, tileRow, vector);
      },
      /*storeMasked=*/true);
}

Value *MatMulEmitter::columnMask(Value *column) {
  return laneMask(builder, lanes,
                  builder.CreateSub(builder.getInt64(plan.spec.n), column));
}

Value *MatMulEmitter::loadRhs(const Place &place, Tile &acc, Value *row,
                              int64_t offset, unsigned vector) {
  const bool isPartial = !plan.spec.packedRhs && place.isLast && hasTail() &&
                         vector + 1 == place.vectors;
  offset += int64_t(vector) * lanes;
  if (!isPartial)
    return acc.loadVector(row, offset);
  SmallVector<Constant *, 16> inside;
  for (int64_t lane = 0; lane < lanes; ++lane)
    inside.push_back(builder.getInt1(lane < plan.spec.n % lanes));
  auto *type = plan.target.vectorType(builder.getContext());
  Value *address =
      builder.CreateConstGEP1_64(builder.getFloatTy(), row, offset);
  return builder.CreateMaskedLoad(type, address, Align(4),
                                  ConstantVector::get(inside),
                                  Constant::getNullValue(type));
}

/// Sets the accumulators to the correction for the zero points.
void MatMulEmitter::startTile(const Place &place, Tile &acc, Value *row) {
  if (place.start)
    for (unsigned v = 0; v < acc.vectors; ++v) {
      Value *vector = acc.loadVector(place.start, v * lanes);
      for (unsigned r = 0; r < acc.rows; ++r)
        acc.acc(r, v) = vector;
    }
  if (!place.rowStart)
    return;
  Value *rowStart = elementAt(builder, place.rowStart, row);
  for (unsigned r = 0; r < acc.rows; ++r) {
    Value *splat = acc.loadSplat(rowStart, r);
    for (unsigned v = 0; v < acc.vectors; ++v)
      acc.acc(r, v) = builder.CreateAdd(acc.acc(r, v), splat);
  }
}

/// The factor of the left side at \p offset, in each lane; for int8, the bytes
/// of \p columns columns and zeros.
Value *MatMulEmitter::loadLhs(Tile &acc, Value *left, int64_t offset,
                              int64_t columns) {
  Value *pointer = builder.CreateConstGEP1_64(lhsLane, left, offset);
  if (!isInt8 || columns == 4) {
    Value *factor = acc.loadSplat(pointer, 0);
    return plan.spec.biasesLhs()
               ? builder.CreateXor(
                     factor, ConstantInt::get(factor->getType(), 0x80808080))
               : factor;
  }
  // The row ends here, and perhaps the buffer.
  Value *word = builder.getInt32(0);
  for (int64_t column = 0; column < columns; ++column) {
    Value *byte = builder.CreateAlignedLoad(
        lhsLane, builder.CreateConstGEP1_64(lhsLane, pointer, column),
        Align(1));
    if (plan.spec.biasesLhs())
      byte = builder.CreateXor(byte, builder.getInt8(0x80));
    byte = builder.CreateZExt(byte, word->getType());
    word = builder.CreateOr(word, builder.CreateShl(byte, 8 * column));
  }
  return builder.CreateVectorSplat(lanes, word);
}

/// Loads the vectors of the right side of \p part of the steps at \p row.
SmallVector<Value *, 8> MatMulEmitter::loadFactors(const Place &place,
                                                   Tile &acc, Value *row,
                                                   int64_t part) {
  const int64_t step = rhsStep(place) / plan.stepVectors();
  SmallVector<Value *, 8> factors;
  for (unsigned v = 0; v < acc.vectors; ++v) {
    factors.push_back(
        acc.roundFactor(loadRhs(place, acc, row, part * step, v)));
    if (!streams)
      continue;
    Value *ahead = builder.CreateConstGEP1_64(
        builder.getFloatTy(), row, part * step + v * lanes + prefetchDistance);
    builder.CreateIntrinsic(
        Intrinsic::prefetch, {ahead->getType()},
        {ahead, builder.getInt32(0), builder.getInt32(3), builder.getInt32(1)});
  }
  return factors;
}

/// Steps of the reduction from the row and the left column at hand on.
void MatMulEmitter::emitSteps(const Place &place, Tile &acc, Value *left,
                              Value *row, int64_t steps, int64_t lastColumns) {
  const int64_t perStep = productsPerStep(plan.arithmetic);
  // Halves of steps are steps of their own: fewer registers.
  for (int64_t part = 0; isPaired && part < 2 * steps; ++part) {
    const auto factors = loadFactors(place, acc, row, part);
    for (unsigned r = 0; r < acc.rows; ++r) {
      Value *factor = acc.loadSplat(left, r * plan.spec.lhsRowStride + part);
      for (unsigned v = 0; v < acc.vectors; ++v)
        acc.multiplyAddPairs(r, v, factor, factors[v]);
    }
  }
  if (isPaired)
    return;
  const int64_t planes = plan.stepVectors();
  for (int64_t s = 0; s < steps * planes; ++s) {
    const auto factors = loadFactors(place, acc, row, s);
    for (unsigned r = 0; r < acc.rows; ++r) {
      Value *factor = acc.roundFactor(
          loadLhs(acc, left, r * plan.spec.lhsRowStride + s / planes * perStep,
                  s / planes + 1 == steps ? lastColumns : perStep));
      for (unsigned v = 0; v < acc.vectors; ++v)
        if (plan.spec.isRhsUnsigned)
          acc.multiplyAdd(r, v, factors[v], factor);
        else
          acc.multiplyAdd(r, v, factor, factors[v]);
    }
  }
}

/// Offset of the tile's first element in the result.
Value *MatMulEmitter::resultBase(const Place &place, Value *row) {
  Value *resultRow =
      plus(builder, scaled(builder, place.batchNumber, plan.spec.m), row);
  return plus(builder, scaled(builder, resultRow, plan.spec.n),
              scaled(builder, place.panel, plan.vectors * lanes));
}

EpilogueContext MatMulEmitter::locate(const Place &place, Value *base,
                                      Value *row, Value *tileRow,
                                      Value *vector) {
  EpilogueContext context;
  context.target = plan.target;
  context.laneDim = plan.spec.batch.size() + 1;
  Value *inPanel = scaled(builder, vector, lanes);
  Value *column = plus(
      builder, scaled(builder, place.panel, plan.vectors * lanes), inPanel);
  if (place.isLast && hasTail()) {
    auto *number = dyn_cast<ConstantInt>(vector);
    if (!number || number->getSExtValue() + 1 == place.vectors)
      context.mask = columnMask(column);
  }
  context.coords.append(place.batch.begin(), place.batch.end());
  context.coords.push_back(plus(builder, row, tileRow));
  context.coords.push_back(column);
  context.resultOffset =
      plus(builder, base,
           plus(builder, scaled(builder, tileRow, plan.spec.n), inPanel));
  return context;
}

void emitMatMul(IRBuilder<> &builder, const MatMulPlan &plan,
                const MatMulBuffers &buffers, const Epilogue &epilogue,
                Value *begin, Value *end) {
  if (plan.classes.empty())
    return;
  MatMulEmitter emitter(builder, plan, buffers, epilogue);
  emitLoop(builder, begin, end, 1,
           [&](Value *number) { emitter.emitUnit(number); });
}

} // namespace glowplug::cpu
