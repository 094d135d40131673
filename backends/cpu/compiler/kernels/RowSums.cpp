// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits sums of rows, as many at a time as a vector has lanes.

#include "backends/cpu/compiler/kernels/PackRhs.h"

#include "backends/cpu/compiler/kernels/ByteDot.h"
#include "backends/cpu/compiler/kernels/Loop.h"
#include "backends/cpu/compiler/kernels/MatrixOffset.h"
#include "backends/cpu/compiler/kernels/Tile.h"

#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace glowplug::cpu {

int64_t LeftSpec::matrices() const { return matrixCount(batch); }

int64_t rowStartUnits(const TargetTraits &target, const LeftSpec &spec) {
  return spec.matrices() * divideCeil(spec.rows, target.lanes);
}

namespace {

class RowStartEmitter {
public:
  RowStartEmitter(IRBuilder<> &builder, const TargetTraits &target,
                  const RowSumSpec &sums, Value *lhs, Value *start)
      : builder(builder), target(target), spec(sums.left),
        rhsZero(sums.rhsZero), lhs(lhs), start(start), lanes(target.lanes),
        byte(builder.getInt8Ty()),
        words(FixedVectorType::get(builder.getInt32Ty(), lanes)) {}

  void emitUnit(Value *number);

private:
  void emitGroup(Value *from, Value *to, int64_t rows);
  Value *sumRow(Value *row);
  Value *sumTail(Value *row);
  Value *addUp(MutableArrayRef<Value *> rows);

  IRBuilder<> &builder;
  const TargetTraits &target;
  const LeftSpec &spec;
  const int32_t rhsZero;
  Value *lhs, *start;
  const int64_t lanes;
  Type *byte;
  FixedVectorType *words;
};

} // namespace

/// Sums whose total is that of the whole vectors of a row.
Value *RowStartEmitter::sumRow(Value *row) {
  const int64_t whole = spec.columns / (4 * lanes) * 4 * lanes;
  SmallVector<Value *, 1> sum{Constant::getNullValue(words)};
  Constant *ones = ConstantInt::get(words, 0x01010101);
  emitLoop(builder, builder.getInt64(0), builder.getInt64(whole), 4 * lanes,
           sum, [&](Value *column) {
             Value *at = elementAt(builder, byte, row, column);
             Value *value = builder.CreateAlignedLoad(words, at, Align(1));
             sum[0] = spec.isSigned
                          ? emitByteDot(builder, target, sum[0], ones, value)
                          : emitByteDot(builder, target, sum[0], value, ones);
           });
  return builder.CreateAdd(sum[0], sumTail(row));
}

/// Likewise for the rest of a row.
Value *RowStartEmitter::sumTail(Value *row) {
  const int64_t whole = spec.columns / (4 * lanes) * 4 * lanes;
  Value *sum = Constant::getNullValue(words);
  int64_t column = whole;
  // Fewer and fewer bytes, one per lane.
  for (int64_t count = 2 * lanes; count > 0; count /= 2) {
    if (column + count > spec.columns)
      continue;
    const int64_t each = std::min(count, lanes);
    for (int64_t i = 0; i < count; i += each, column += each) {
      auto *type = FixedVectorType::get(byte, each);
      Value *value = builder.CreateAlignedLoad(
          type, builder.CreateConstGEP1_64(byte, row, column), Align(1));
      auto *wide = FixedVectorType::get(builder.getInt32Ty(), each);
      value = spec.isSigned ? builder.CreateSExt(value, wide)
                            : builder.CreateZExt(value, wide);
      if (each < lanes) {
        SmallVector<int, 16> all;
        for (int64_t lane = 0; lane < lanes; ++lane)
          all.push_back(int(std::min(lane, each)));
        value = builder.CreateShuffleVector(value, Constant::getNullValue(wide),
                                            all);
      }
      sum = builder.CreateAdd(sum, value);
    }
  }
  return sum;
}

/// Lane i of the result is the total of row i.
Value *RowStartEmitter::addUp(MutableArrayRef<Value *> rows) {
  // Halves of two rows become one vector; once log2(lanes) times.
  SmallVector<Value *, 16> now(rows.begin(), rows.end());
  for (int64_t distance = lanes / 2; distance > 0; distance /= 2) {
    SmallVector<int, 16> low, high;
    for (int lane = 0; lane < lanes; ++lane) {
      const bool isHigh = lane & distance;
      low.push_back(isHigh ? int(lanes + lane - distance) : lane);
      high.push_back(isHigh ? int(lanes) + lane : int(lane + distance));
    }
    SmallVector<Value *, 16> next;
    for (int64_t i = 0; i < distance; ++i) {
      Value *a = now[i];
      Value *b = now[i + distance];
      next.push_back(
          builder.CreateAdd(builder.CreateShuffleVector(a, b, low),
                            builder.CreateShuffleVector(a, b, high)));
    }
    now = std::move(next);
  }
  return now[0];
}

void RowStartEmitter::emitGroup(Value *from, Value *to, int64_t rows) {
  SmallVector<Value *, 16> sums(lanes, Constant::getNullValue(words));
  for (int64_t row = 0; row < rows; ++row)
    sums[row] =
        sumRow(builder.CreateConstGEP1_64(byte, from, row * spec.rowStride));
  Value *sum = addUp(sums);
  // In arithmetic that wraps as the accumulators do.
  sum = builder.CreateMul(sum, ConstantInt::get(words, 0u - uint32_t(rhsZero)));
  if (rows == lanes)
    builder.CreateAlignedStore(sum, to, Align(4));
  else
    builder.CreateMaskedStore(sum, to, Align(4),
                              laneMask(builder, lanes, builder.getInt64(rows)));
}

void RowStartEmitter::emitUnit(Value *number) {
  const int64_t groups = divideCeil(spec.rows, lanes);
  const auto digits = splitNumber(builder, number, {groups});
  Value *row = scaled(builder, digits[1], lanes);
  Value *from =
      elementAt(builder, byte, lhs,
                plus(builder, matrixOffset(builder, digits[0], spec.batch),
                     scaled(builder, row, spec.rowStride)));
  Value *to =
      elementAt(builder, start,
                plus(builder, scaled(builder, digits[0], spec.rows), row));
  const int64_t rest = spec.rows % lanes;
  if (rest == 0) {
    emitGroup(from, to, lanes);
    return;
  }
  Value *isLast = builder.CreateICmpEQ(digits[1], builder.getInt64(groups - 1));
  if (groups > 1)
    emitIf(builder, builder.CreateNot(isLast),
           [&] { emitGroup(from, to, lanes); });
  emitIf(builder, isLast, [&] { emitGroup(from, to, rest); });
}

void emitRowStart(IRBuilder<> &builder, const TargetTraits &target,
                  const RowSumSpec &spec, Value *lhs, Value *start,
                  Value *begin, Value *end) {
  RowStartEmitter emitter(builder, target, spec, lhs, start);
  emitLoop(builder, begin, end, 1,
           [&](Value *number) { emitter.emitUnit(number); });
}

} // namespace glowplug::cpu
