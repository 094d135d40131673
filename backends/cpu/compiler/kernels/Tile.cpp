// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The accumulators of a micro-kernel, and how they are stored.

#include "backends/cpu/compiler/kernels/Tile.h"

#include "backends/cpu/compiler/kernels/ByteDot.h"
#include "backends/cpu/compiler/kernels/Loop.h"

#include "llvm/IR/Intrinsics.h"

using namespace llvm;

namespace glowplug::cpu {

static Align alignOf(Type *lane) {
  return Align(lane->getPrimitiveSizeInBits().getFixedValue() / 8);
}

Type *accumulatorLane(LLVMContext &context, Arithmetic arithmetic) {
  return arithmetic == Arithmetic::int8 ? Type::getInt32Ty(context)
                                        : Type::getFloatTy(context);
}

Value *laneMask(IRBuilder<> &builder, unsigned lanes, Value *remaining) {
  Value *limit = builder.CreateBinaryIntrinsic(Intrinsic::smin, remaining,
                                               builder.getInt64(lanes));
  limit = builder.CreateTrunc(limit, builder.getInt32Ty());
  SmallVector<Constant *, 16> numbers;
  for (unsigned lane = 0; lane < lanes; ++lane)
    numbers.push_back(builder.getInt32(lane));
  return builder.CreateICmpSLT(ConstantVector::get(numbers),
                               builder.CreateVectorSplat(lanes, limit));
}

/// Rounds the f32 lanes of \p value to nearest even, to a significand that is
/// shorter by \p bits.
static Value *shortenSignificand(IRBuilder<> &builder, Value *value,
                                 unsigned bits) {
  Type *type = value->getType();
  Type *integer = VectorType::getInteger(cast<VectorType>(type));
  Value *raw = builder.CreateBitCast(value, integer);
  Value *odd = builder.CreateLShr(raw, bits);
  odd = builder.CreateAnd(odd, ConstantInt::get(integer, 1));
  const uint64_t half = (1u << (bits - 1)) - 1;
  Value *rounded = builder.CreateAdd(raw, ConstantInt::get(integer, half));
  rounded = builder.CreateAdd(rounded, odd);
  const uint32_t kept = ~((1u << bits) - 1);
  rounded = builder.CreateAnd(rounded, ConstantInt::get(integer, kept));
  return builder.CreateBitCast(rounded, type);
}

Tile::Tile(IRBuilder<> &builder, const TargetTraits &target,
           Arithmetic arithmetic, unsigned rows, unsigned vectors)
    : rows(rows), vectors(vectors), builder(builder), target(target),
      arithmetic(arithmetic),
      type(FixedVectorType::get(
          accumulatorLane(builder.getContext(), arithmetic), target.lanes)) {
  clear();
}

Tile::Tile(IRBuilder<> &builder, const TargetTraits &target, Type *lane,
           unsigned rows)
    : rows(rows), vectors(1), builder(builder), target(target),
      arithmetic(Arithmetic::fp32),
      type(FixedVectorType::get(lane, target.lanes)) {
  clear();
}

void Tile::clear() {
  accumulators.assign(rows * vectors, Constant::getNullValue(type));
}

Value *Tile::roundFactor(Value *factor) {
  if (arithmetic == Arithmetic::bf16)
    return shortenSignificand(builder, factor, 16);
  if (arithmetic == Arithmetic::tf32)
    return shortenSignificand(builder, factor, 13);
  return factor;
}

void Tile::multiplyAdd(unsigned row, unsigned vector, Value *a, Value *b) {
  Value *&sum = acc(row, vector);
  if (arithmetic == Arithmetic::int8) {
    sum = emitByteDot(builder, target, sum, a, b);
    return;
  }
  if (target.hasFma)
    sum =
        builder.CreateIntrinsic(Intrinsic::fma, {sum->getType()}, {a, b, sum});
  else
    sum = builder.CreateFAdd(builder.CreateFMul(a, b), sum);
  if (arithmetic != Arithmetic::fp16Accumulate)
    return;
  Type *half =
      VectorType::get(builder.getHalfTy(), cast<VectorType>(sum->getType()));
  sum = builder.CreateFPExt(builder.CreateFPTrunc(sum, half), sum->getType());
}

void Tile::multiplyAddPairs(unsigned row, unsigned vector, Value *a, Value *b) {
  Value *&sum = acc(row, vector);
  sum = emitPairProduct(builder, target, sum, a, b);
}

Value *Tile::loadVector(Value *pointer, int64_t elementOffset) {
  Type *lane = type->getElementType();
  Value *address = builder.CreateConstGEP1_64(lane, pointer, elementOffset);
  return builder.CreateAlignedLoad(type, address, alignOf(lane));
}

Value *Tile::loadSplat(Value *pointer, int64_t elementOffset) {
  Type *lane = type->getElementType();
  Value *address = builder.CreateConstGEP1_64(lane, pointer, elementOffset);
  // Four bytes of a blocked tensor lie at a multiple of four; those of a
  // row-major one lie anywhere.
  const Align align = arithmetic == Arithmetic::int8 ? Align(1) : alignOf(lane);
  return builder.CreateVectorSplat(
      target.lanes, builder.CreateAlignedLoad(lane, address, align));
}

void storeResult(IRBuilder<> &builder, Value *value, Value *result,
                 const EpilogueContext &context, bool storeMasked) {
  Type *lane = value->getType()->getScalarType();
  Value *address = builder.CreateGEP(lane, result, context.resultOffset);
  if (storeMasked && context.mask)
    builder.CreateMaskedStore(value, address, alignOf(lane), context.mask);
  else
    builder.CreateAlignedStore(value, address, alignOf(lane));
}

void Tile::finish(Value *result, const Epilogue &epilogue, Locate locate,
                  bool storeMasked) {
  if (epilogue.emit && epilogue.isLong) {
    finishInLoop(result, epilogue, locate, storeMasked);
    return;
  }
  // Loads before stores: equal loads of extras then merge.
  SmallVector<EpilogueContext, 32> places;
  for (unsigned row = 0; row < rows; ++row)
    for (unsigned vector = 0; vector < vectors; ++vector) {
      places.push_back(locate(builder.getInt64(row), builder.getInt64(vector)));
      if (epilogue.emit)
        acc(row, vector) =
            epilogue.emit(builder, acc(row, vector), places.back());
    }
  for (unsigned i = 0; i < places.size(); ++i)
    storeResult(builder, accumulators[i], result, places[i], storeMasked);
}

void Tile::finishInLoop(Value *result, const Epilogue &epilogue, Locate locate,
                        bool storeMasked) {
  BasicBlock &entry = builder.GetInsertBlock()->getParent()->getEntryBlock();
  IRBuilder<> atEntry(&entry, entry.begin());
  Value *parked =
      atEntry.CreateAlloca(type, builder.getInt32(rows * vectors), "parked");
  for (unsigned i = 0; i < rows * vectors; ++i)
    builder.CreateAlignedStore(accumulators[i],
                               builder.CreateConstGEP1_64(type, parked, i),
                               alignOf(type->getElementType()));
  Value *zero = builder.getInt64(0);
  emitLoop(builder, zero, builder.getInt64(rows), 1, [&](Value *row) {
    emitLoop(builder, zero, builder.getInt64(vectors), 1, [&](Value *vector) {
      Value *index = builder.CreateAdd(
          builder.CreateMul(row, builder.getInt64(vectors)), vector);
      Value *value = builder.CreateAlignedLoad(
          type, builder.CreateGEP(type, parked, index),
          alignOf(type->getElementType()));
      const EpilogueContext place = locate(row, vector);
      value = epilogue.emit(builder, value, place);
      storeResult(builder, value, result, place, storeMasked);
    });
  });
}

} // namespace glowplug::cpu
