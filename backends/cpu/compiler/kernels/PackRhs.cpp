// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits the packing of a computed right side: words of four rows, one per
// column, by shuffles of row-major bytes or transposes of column-major words.

#include "backends/cpu/compiler/kernels/PackRhs.h"

#include "backends/cpu/compiler/kernels/ByteDot.h"
#include "backends/cpu/compiler/kernels/Loop.h"
#include "backends/cpu/compiler/kernels/MatrixOffset.h"
#include "backends/cpu/compiler/kernels/Transpose.h"
#include "backends/cpu/compiler/kernels/Units.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace llvm;

namespace glowplug::cpu {

int64_t PackRhsSpec::matrices() const { return matrixCount(batch); }

/// Column blocks of a work unit: several neighbours for row-major rows, for the
/// sake of the cache; one for a transpose, whose blocks share nothing.
static int64_t blocksPerUnit(const MatMulPlan &plan, const PackRhsSpec &spec) {
  return std::min<int64_t>(spec.columnStride == 1 ? 4 : 1, plan.columnBlocks());
}

int64_t packRhsUnits(const MatMulPlan &plan, const PackRhsSpec &spec) {
  return spec.matrices() *
         divideCeil(plan.columnBlocks(), blocksPerUnit(plan, spec));
}

namespace {

class PackEmitter {
public:
  PackEmitter(IRBuilder<> &builder, const MatMulPlan &plan,
              const PackRhsSpec &spec, const PackRhsBuffers &buffers)
      : builder(builder), plan(plan), spec(spec), buffers(buffers),
        lanes(plan.target.lanes), byte(builder.getInt8Ty()),
        bytes(FixedVectorType::get(byte, 4 * lanes)),
        words(FixedVectorType::get(builder.getInt32Ty(), lanes)),
        flips(spec.isSigned == plan.spec.isRhsUnsigned) {}

  void emitUnit(Value *number);

private:
  /// A column block; addresses of its first element.
  struct Block {
    Value *from, *to;
    Value *width; ///< words of the panel's vectors
    Value *step;  ///< words from one step to the next
    int64_t columns;
    Value *start; ///< of its columns; null if nobody needs them
  };

  Block blockAt(Value *matrix, Value *index, int64_t columns);
  void emitBlocks(Value *matrix, Value *index, int64_t count,
                  int64_t lastColumns);
  void packRows(ArrayRef<Block> blocks, SmallVectorImpl<Value *> &sums);
  Value *packColumns(const Block &block, Value *sum);
  Value *packRow(const Block &block, Value *step, int64_t rows, Value *sum);
  Value *packWords(const Block &block, Value *step, int64_t count, Value *sum);
  Value *packLastWord(const Block &block, int64_t count, Value *sum);
  Value *store(const Block &block, Value *step, Value *value, int64_t rows,
               Value *sum);
  Value *loadFirst(FixedVectorType *type, Value *address, int64_t count) const;

  IRBuilder<> &builder;
  const MatMulPlan &plan;
  const PackRhsSpec &spec;
  const PackRhsBuffers &buffers;
  const int64_t lanes;
  Type *byte;
  FixedVectorType *bytes, *words;
  const bool flips; ///< between i8 and u8
};

} // namespace

/// The first \p count lanes of a vector of \p type in memory, and zeros.
Value *PackEmitter::loadFirst(FixedVectorType *type, Value *address,
                              int64_t count) const {
  if (count == lanes)
    return builder.CreateAlignedLoad(type, address, Align(1));
  SmallVector<Constant *, 16> inside;
  for (int64_t lane = 0; lane < lanes; ++lane)
    inside.push_back(builder.getInt1(lane < count));
  return builder.CreateMaskedLoad(type, address, Align(1),
                                  ConstantVector::get(inside),
                                  Constant::getNullValue(type));
}

/// Stores the words of a step, whose first \p rows bytes are elements and whose
/// others are 0; the sum of columns with them.
Value *PackEmitter::store(const Block &block, Value *step, Value *value,
                          int64_t rows, Value *sum) {
  const auto inEach = [&](uint8_t number) {
    uint32_t word = 0;
    for (int64_t row = 0; row < rows; ++row)
      word |= uint32_t(number) << (8 * row);
    return ConstantInt::get(words, word);
  };
  if (flips)
    value = builder.CreateXor(value, inEach(0x80));
  Value *to = elementAt(builder, block.to, builder.CreateMul(step, block.step));
  if (plan.target.byteDot == ByteDot::pairs) {
    const WordPairs pairs =
        widenBytes(builder, value, !plan.spec.isRhsUnsigned);
    const auto asWords = [&](Value *pair) {
      return builder.CreateBitCast(pair, value->getType());
    };
    builder.CreateAlignedStore(asWords(pairs.even), to, Align(4));
    to = elementAt(builder, to, block.width);
    builder.CreateAlignedStore(asWords(pairs.odd), to, Align(4));
  } else {
    builder.CreateAlignedStore(value, to, Align(4));
  }
  if (!buffers.start)
    return sum;
  return plan.spec.isRhsUnsigned
             ? emitByteDot(builder, plan.target, sum, value, inEach(1))
             : emitByteDot(builder, plan.target, sum, inEach(1), value);
}

/// One step of row-major bytes: \p rows of them, at most four.
Value *PackEmitter::packRow(const Block &block, Value *step, int64_t rows,
                            Value *sum) {
  auto *rowType = FixedVectorType::get(byte, lanes);
  Value *from = elementAt(builder, byte, block.from,
                          scaled(builder, step, 4 * spec.rowStride));
  SmallVector<Value *, 4> parts(4, Constant::getNullValue(rowType));
  for (int64_t row = 0; row < rows; ++row)
    parts[row] = loadFirst(
        rowType, builder.CreateConstGEP1_64(byte, from, row * spec.rowStride),
        block.columns);
  const auto join = [&](Value *a, Value *b, int64_t each) {
    SmallVector<int, 64> all(2 * each);
    for (int64_t i = 0; i < 2 * each; ++i)
      all[i] = int(i);
    return builder.CreateShuffleVector(a, b, all);
  };
  Value *joined = join(join(parts[0], parts[1], lanes),
                       join(parts[2], parts[3], lanes), 2 * lanes);
  // Four columns of all rows into each 16 bytes, and those transposed.
  const int64_t perRow = lanes / 4;
  SmallVector<int, 16> gather;
  for (int64_t word = 0; word < lanes; ++word)
    gather.push_back(int(word % 4 * perRow + word / 4));
  SmallVector<int, 64> transposed;
  for (int64_t i = 0; i < 4 * lanes; ++i)
    transposed.push_back(int(i / 16 * 16 + i % 4 * 4 + i % 16 / 4));
  joined =
      builder.CreateShuffleVector(builder.CreateBitCast(joined, words), gather);
  joined = builder.CreateShuffleVector(builder.CreateBitCast(joined, bytes),
                                       transposed);
  return store(block, step, builder.CreateBitCast(joined, words), rows, sum);
}

/// Adds the sums of columns to \p sums, one vector per block.
void PackEmitter::packRows(ArrayRef<Block> blocks,
                           SmallVectorImpl<Value *> &sums) {
  const int64_t whole = plan.spec.k / 4;
  const auto packStep = [&](Value *step, int64_t rows) {
    for (auto [block, sum] : zip_equal(blocks, sums))
      sum = packRow(block, step, rows, sum);
  };
  emitLoop(builder, builder.getInt64(0), builder.getInt64(whole), 1, sums,
           [&](Value *step) { packStep(step, 4); });
  if (plan.spec.k % 4)
    packStep(builder.getInt64(whole), plan.spec.k % 4);
}

/// \p count steps, at most lanes, from \p step on: words of each column.
Value *PackEmitter::packWords(const Block &block, Value *step, int64_t count,
                              Value *sum) {
  Value *from = elementAt(builder, byte, block.from, scaled(builder, step, 4));
  SmallVector<Value *, 16> rows(lanes, Constant::getNullValue(words));
  for (int64_t column = 0; column < block.columns; ++column)
    rows[column] = loadFirst(
        words,
        builder.CreateConstGEP1_64(byte, from, column * spec.columnStride),
        count);
  transpose(builder, rows);
  for (int64_t i = 0; i < count; ++i)
    sum = store(block, plus(builder, step, i), rows[i], 4, sum);
  return sum;
}

/// The last step, of \p count rows: less than four bytes of each column.
Value *PackEmitter::packLastWord(const Block &block, int64_t count,
                                 Value *sum) {
  const int64_t step = plan.spec.k / 4;
  Value *all = Constant::getNullValue(words);
  for (int64_t column = 0; column < block.columns; ++column) {
    Value *word = builder.getInt32(0);
    for (int64_t row = 0; row < count; ++row) {
      Value *element = builder.CreateAlignedLoad(
          byte,
          builder.CreateConstGEP1_64(
              byte, block.from, column * spec.columnStride + 4 * step + row),
          Align(1));
      element = builder.CreateZExt(element, word->getType());
      word = builder.CreateOr(word, builder.CreateShl(element, 8 * row));
    }
    all = builder.CreateInsertElement(all, word, column);
  }
  return store(block, builder.getInt64(step), all, count, sum);
}

Value *PackEmitter::packColumns(const Block &block, Value *sum) {
  const int64_t whole = plan.spec.k / 4;
  const int64_t squares = whole / lanes * lanes;
  SmallVector<Value *, 1> carried{sum};
  emitLoop(builder, builder.getInt64(0), builder.getInt64(squares), lanes,
           carried, [&](Value *step) {
             carried[0] = packWords(block, step, lanes, carried[0]);
           });
  if (whole > squares)
    carried[0] = packWords(block, builder.getInt64(squares), whole - squares,
                           carried[0]);
  if (plan.spec.k % 4)
    carried[0] = packLastWord(block, plan.spec.k % 4, carried[0]);
  return carried[0];
}

PackEmitter::Block PackEmitter::blockAt(Value *matrix, Value *index,
                                        int64_t columns) {
  // Where the block's panel begins, and how wide it is.
  Value *vectors = builder.getInt64(plan.vectors);
  Value *first = builder.CreateMul(builder.CreateUDiv(index, vectors), vectors);
  Value *width = builder.CreateBinaryIntrinsic(
      Intrinsic::umin, vectors,
      builder.CreateSub(builder.getInt64(plan.columnBlocks()), first));
  width = scaled(builder, width, lanes);
  Value *to =
      plus(builder, scaled(builder, matrix, plan.packedElements()),
           scaled(builder, first, plan.steps() * plan.stepVectors() * lanes));
  to = plus(builder, to,
            scaled(builder, builder.CreateSub(index, first), lanes));
  Value *column = scaled(builder, index, lanes);
  Value *from = plus(builder, matrixOffset(builder, matrix, spec.batch),
                     scaled(builder, column, spec.columnStride));
  Value *startHere = nullptr;
  if (buffers.start)
    startHere = elementAt(
        builder, buffers.start,
        plus(builder, scaled(builder, matrix, plan.startElements()), column));
  return {elementAt(builder, byte, buffers.rhs, from),
          elementAt(builder, buffers.packed, to),
          width,
          scaled(builder, width, plan.stepVectors()),
          columns,
          startHere};
}

/// \p count blocks from \p index on.
void PackEmitter::emitBlocks(Value *matrix, Value *index, int64_t count,
                             int64_t lastColumns) {
  SmallVector<Block, 8> blocks;
  for (int64_t i = 0; i < count; ++i)
    blocks.push_back(blockAt(matrix, plus(builder, index, i),
                             i + 1 == count ? lastColumns : lanes));
  SmallVector<Value *, 8> sums(count, Constant::getNullValue(words));
  if (spec.columnStride == 1)
    packRows(blocks, sums);
  else
    for (auto [block, sum] : zip_equal(blocks, sums))
      sum = packColumns(block, sum);
  if (!buffers.start)
    return;
  // In arithmetic that wraps as the accumulators do.
  const uint32_t shift = uint32_t(spec.rhsZero) * uint32_t(plan.spec.k);
  for (auto [block, sum] : zip_equal(blocks, sums)) {
    Value *value = builder.CreateSub(sum, ConstantInt::get(words, shift));
    value = builder.CreateMul(
        value, ConstantInt::get(words, 0u - uint32_t(spec.lhsZero)));
    builder.CreateAlignedStore(value, block.start, Align(4));
  }
}

void PackEmitter::emitUnit(Value *number) {
  const int64_t blocks = plan.columnBlocks();
  const int64_t perUnit = blocksPerUnit(plan, spec);
  const int64_t units = divideCeil(blocks, perUnit);
  const auto digits = splitNumber(builder, number, {units});
  Value *matrix = digits[0];
  Value *first = scaled(builder, digits[1], perUnit);
  // The last unit may have fewer blocks, and its last block fewer columns.
  const int64_t lastCount = blocks - (units - 1) * perUnit;
  const int64_t lastColumns = plan.spec.n - (blocks - 1) * lanes;
  if (lastCount == perUnit && lastColumns == lanes) {
    emitBlocks(matrix, first, perUnit, lanes);
    return;
  }
  Value *isLast = builder.CreateICmpEQ(digits[1], builder.getInt64(units - 1));
  if (units > 1)
    emitIf(builder, builder.CreateNot(isLast),
           [&] { emitBlocks(matrix, first, perUnit, lanes); });
  emitIf(builder, isLast,
         [&] { emitBlocks(matrix, first, lastCount, lastColumns); });
}

void emitPackRhs(IRBuilder<> &builder, const MatMulPlan &plan,
                 const PackRhsSpec &spec, const PackRhsBuffers &buffers,
                 Value *begin, Value *end) {
  PackEmitter emitter(builder, plan, spec, buffers);
  emitLoop(builder, begin, end, 1,
           [&](Value *number) { emitter.emitUnit(number); });
}

} // namespace glowplug::cpu
