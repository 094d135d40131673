// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits the widening of a left side, vector by vector.

#include "backends/cpu/compiler/kernels/PackRhs.h"

#include "backends/cpu/compiler/kernels/ByteDot.h"
#include "backends/cpu/compiler/kernels/Loop.h"
#include "backends/cpu/compiler/kernels/MatrixOffset.h"

#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace glowplug::cpu {

int64_t widenRowsUnits(const LeftSpec &spec) {
  return spec.matrices() * spec.rows;
}

namespace {

class WidenEmitter {
public:
  WidenEmitter(IRBuilder<> &builder, const TargetTraits &target,
               const LeftSpec &spec, Value *lhs, Value *wide)
      : builder(builder), spec(spec), lhs(lhs), wide(wide), lanes(target.lanes),
        byte(builder.getInt8Ty()) {}

  void emitUnit(Value *number);

private:
  void store(Value *words, int64_t count, Value *to);
  Value *loadWord(Value *from, int64_t columns);

  IRBuilder<> &builder;
  const LeftSpec &spec;
  Value *lhs, *wide;
  const int64_t lanes;
  Type *byte;
};

} // namespace

/// Stores the pairs of \p count words of a vector.
void WidenEmitter::store(Value *words, int64_t count, Value *to) {
  const WordPairs pairs = widenBytes(builder, words, spec.isSigned);
  SmallVector<int, 32> mixed;
  for (int64_t word = 0; word < count; ++word)
    mixed.append({int(word), int(count + word)});
  const auto asWords = [&](Value *value) {
    return builder.CreateBitCast(value, words->getType());
  };
  builder.CreateAlignedStore(builder.CreateShuffleVector(asWords(pairs.even),
                                                         asWords(pairs.odd),
                                                         mixed),
                             to, Align(4));
}

/// \p columns bytes, at most four, and zeros.
Value *WidenEmitter::loadWord(Value *from, int64_t columns) {
  Value *word = builder.getInt32(0);
  for (int64_t column = 0; column < columns; ++column) {
    Value *element = builder.CreateAlignedLoad(
        byte, builder.CreateConstGEP1_64(byte, from, column), Align(1));
    element = builder.CreateZExt(element, word->getType());
    word = builder.CreateOr(word, builder.CreateShl(element, 8 * column));
  }
  return word;
}

void WidenEmitter::emitUnit(Value *number) {
  const auto digits = splitNumber(builder, number, {spec.rows});
  Value *from =
      elementAt(builder, byte, lhs,
                plus(builder, matrixOffset(builder, digits[0], spec.batch),
                     scaled(builder, digits[1], spec.rowStride)));
  Value *to = elementAt(builder, wide,
                        scaled(builder, number, wideColumns(spec.columns)));
  // Whole vectors, then fewer and fewer whole words, then the last bytes.
  const int64_t words = spec.columns / 4;
  const int64_t whole = words / lanes * lanes;
  const auto convert = [&](Value *word, int64_t count) {
    auto *type = FixedVectorType::get(builder.getInt32Ty(), count);
    Value *value = builder.CreateAlignedLoad(
        type, elementAt(builder, from, word), Align(1));
    store(value, count, elementAt(builder, to, scaled(builder, word, 2)));
  };
  emitLoop(builder, builder.getInt64(0), builder.getInt64(whole), lanes,
           [&](Value *word) { convert(word, lanes); });
  int64_t done = whole;
  for (int64_t count = lanes / 2; count > 0; count /= 2)
    if (done + count <= words) {
      convert(builder.getInt64(done), count);
      done += count;
    }
  if (spec.columns % 4 == 0)
    return;
  Value *word = loadWord(elementAt(builder, from, builder.getInt64(words)),
                         spec.columns % 4);
  auto *single = FixedVectorType::get(builder.getInt32Ty(), 1);
  store(builder.CreateBitCast(word, single), 1,
        elementAt(builder, to, builder.getInt64(2 * words)));
}

void emitWidenRows(IRBuilder<> &builder, const TargetTraits &target,
                   const LeftSpec &spec, Value *lhs, Value *wide, Value *begin,
                   Value *end) {
  WidenEmitter emitter(builder, target, spec, lhs, wide);
  emitLoop(builder, begin, end, 1,
           [&](Value *number) { emitter.emitUnit(number); });
}

} // namespace glowplug::cpu
