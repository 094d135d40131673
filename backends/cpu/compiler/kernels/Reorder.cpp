// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits layout conversions as transposes of lanes x lanes squares in registers.

#include "backends/cpu/compiler/kernels/Reorder.h"

#include "backends/cpu/compiler/kernels/Loop.h"
#include "backends/cpu/compiler/kernels/Transpose.h"
#include "backends/cpu/compiler/kernels/Units.h"

#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace glowplug::cpu {

/// Squares (lanes pixels each) of a work unit.
static constexpr int64_t squaresPerUnit = 32;

int64_t reorderUnits(const TargetTraits &target, const ReorderSpec &spec) {
  const int64_t squares = divideCeil(spec.plane, target.lanes);
  return spec.batch * divideCeil(spec.channels, target.lanes) *
         divideCeil(squares, squaresPerUnit);
}

namespace {

class ReorderEmitter {
public:
  ReorderEmitter(IRBuilder<> &builder, const TargetTraits &target,
                 const ReorderSpec &spec, Value *input, Value *result)
      : builder(builder), spec(spec), input(input), result(result),
        lanes(target.lanes),
        lane(elementLane(builder.getContext(), spec.element)),
        type(FixedVectorType::get(lane, lanes)),
        elementAlign(elementBytes(spec.element)) {}

  void emitUnit(Value *number);

private:
  void emitRun(Value *image, Value *block, ValueRange squares,
               int64_t channels);
  void emitSquare(Value *rowMajor, Value *blocked, int64_t channels,
                  int64_t pixels);
  Value *pixelMask(int64_t pixels) const;
  Value *flipped(Value *value) const {
    return isBiased(spec.element) ? flipBias(builder, value) : value;
  }

  IRBuilder<> &builder;
  const ReorderSpec &spec;
  Value *input;
  Value *result;
  const int64_t lanes;
  Type *lane;
  FixedVectorType *type;
  const Align elementAlign;
};

} // namespace

Value *ReorderEmitter::pixelMask(int64_t pixels) const {
  SmallVector<Constant *, 16> inside;
  for (int64_t lane = 0; lane < lanes; ++lane)
    inside.push_back(builder.getInt1(lane < pixels));
  return ConstantVector::get(inside);
}

/// Moves \p channels x \p pixels elements, both at most lanes.
void ReorderEmitter::emitSquare(Value *rowMajor, Value *blocked,
                                int64_t channels, int64_t pixels) {
  Value *mask = pixels < lanes ? pixelMask(pixels) : nullptr;
  const auto at = [&](Value *base, int64_t offset) {
    return builder.CreateConstGEP1_64(lane, base, offset);
  };
  SmallVector<Value *, 16> rows(lanes, PoisonValue::get(type));
  if (spec.from == Layout::rowMajor) {
    for (int64_t c = 0; c < lanes; ++c) {
      Value *address = at(rowMajor, c * spec.plane);
      if (c >= channels)
        rows[c] = Constant::getNullValue(type);
      else if (mask)
        rows[c] = builder.CreateMaskedLoad(type, address, elementAlign, mask,
                                           Constant::getNullValue(type));
      else
        rows[c] = builder.CreateAlignedLoad(type, address, elementAlign);
    }
    transpose(builder, rows);
    for (int64_t p = 0; p < pixels; ++p)
      builder.CreateAlignedStore(flipped(rows[p]), at(blocked, p * lanes),
                                 elementAlign);
    return;
  }
  for (int64_t p = 0; p < pixels; ++p)
    rows[p] = flipped(
        builder.CreateAlignedLoad(type, at(blocked, p * lanes), elementAlign));
  transpose(builder, rows);
  for (int64_t c = 0; c < channels; ++c) {
    Value *address = at(rowMajor, c * spec.plane);
    if (mask)
      builder.CreateMaskedStore(rows[c], address, elementAlign, mask);
    else
      builder.CreateAlignedStore(rows[c], address, elementAlign);
  }
}

void ReorderEmitter::emitRun(Value *image, Value *block, ValueRange squares,
                             int64_t channels) {
  const int64_t blocks = divideCeil(spec.channels, lanes);
  Value *channel = plus(builder, scaled(builder, image, spec.channels),
                        scaled(builder, block, lanes));
  Value *plane = plus(builder, scaled(builder, image, blocks), block);
  const bool toBlocked = spec.from == Layout::rowMajor;
  Value *rowMajor = elementAt(builder, lane, toBlocked ? input : result,
                              scaled(builder, channel, spec.plane));
  Value *blocked = elementAt(builder, lane, toBlocked ? result : input,
                             scaled(builder, plane, spec.plane * lanes));
  const int64_t whole = spec.plane / lanes;
  const auto emitAt = [&](Value *square, int64_t pixels) {
    Value *pixel = scaled(builder, square, lanes);
    emitSquare(elementAt(builder, lane, rowMajor, pixel),
               elementAt(builder, lane, blocked, scaled(builder, pixel, lanes)),
               channels, pixels);
  };
  if (whole * lanes == spec.plane) {
    emitLoop(builder, squares.begin, squares.end, 1,
             [&](Value *square) { emitAt(square, lanes); });
    return;
  }
  emitLoop(builder, squares.begin, squares.end, 1, [&](Value *square) {
    Value *isLast = builder.CreateICmpEQ(square, builder.getInt64(whole));
    if (whole > 0)
      emitIf(builder, builder.CreateNot(isLast),
             [&] { emitAt(square, lanes); });
    emitIf(builder, isLast,
           [&] { emitAt(square, spec.plane - whole * lanes); });
  });
}

void ReorderEmitter::emitUnit(Value *number) {
  const int64_t blocks = divideCeil(spec.channels, lanes);
  const int64_t squares = divideCeil(spec.plane, lanes);
  const auto digits = splitNumber(
      builder, number, {blocks, int64_t(divideCeil(squares, squaresPerUnit))});
  const ValueRange run =
      chunkRange(builder, digits[2], squaresPerUnit, squares);
  const int64_t last = spec.channels % lanes;
  if (last == 0) {
    emitRun(digits[0], digits[1], run, lanes);
    return;
  }
  Value *isLast = builder.CreateICmpEQ(digits[1], builder.getInt64(blocks - 1));
  if (blocks > 1)
    emitIf(builder, builder.CreateNot(isLast),
           [&] { emitRun(digits[0], digits[1], run, lanes); });
  emitIf(builder, isLast, [&] { emitRun(digits[0], digits[1], run, last); });
}

void emitReorder(IRBuilder<> &builder, const TargetTraits &target,
                 const ReorderSpec &spec, Value *input, Value *result,
                 Value *begin, Value *end) {
  ReorderEmitter emitter(builder, target, spec, input, result);
  emitLoop(builder, begin, end, 1,
           [&](Value *number) { emitter.emitUnit(number); });
}

} // namespace glowplug::cpu
