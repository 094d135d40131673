// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the generic contractions share.

#include "backends/cpu/compiler/ops/Product.h"

#include "backends/cpu/compiler/emit/Convert.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::cpu {
namespace {

/// f32 rounded to 11 bits of significand, ties to even.
llvm::Value *roundToTf32(Kernel &k, llvm::Value *x) {
  llvm::IRBuilder<> &b = k.b;
  llvm::Type *i32 = k.widen(b.getInt32Ty(), laneCount(x));
  auto word = [&](uint32_t bits) { return llvm::ConstantInt::get(i32, bits); };
  llvm::Value *bits = b.CreateBitCast(x, i32);
  llvm::Value *odd = b.CreateAnd(b.CreateLShr(bits, 13), word(1));
  bits = b.CreateAdd(b.CreateAdd(bits, word(0xfff)), odd);
  return b.CreateBitCast(b.CreateAnd(bits, word(~0x1fffu)), x->getType());
}

} // namespace

Product::Product(DType lhsType, DType rhsType, Arithmetic wanted)
    : lhs(lhsType), rhs(rhsType), accumulator(gp_dtype_accumulator(lhsType)) {
  if (lhs == gp_image_dtype_f32 && rhs == gp_image_dtype_f32)
    arithmetic = wanted;
}

llvm::Value *Product::factor(Kernel &k, DType type, llvm::Value *element,
                             llvm::Value *zeroPoint) const {
  llvm::Value *value = castElement(k, type, accumulator, element);
  if (zeroPoint)
    value = k.b.CreateSub(value, zeroPoint);
  switch (arithmetic) {
  case Arithmetic::bf16:
    return roundToType(k, gp_image_dtype_bf16, value);
  case Arithmetic::tf32:
    return roundToTf32(k, value);
  default:
    return value;
  }
}

llvm::Value *Product::add(Kernel &k, llvm::Value *sum, llvm::Value *x,
                          llvm::Value *y) const {
  if (!isFloat(accumulator))
    return k.b.CreateAdd(sum, k.b.CreateMul(x, y));
  llvm::Value *result = k.multiplyAdd(x, y, sum);
  return arithmetic == Arithmetic::fp16Accumulate
             ? roundToType(k, gp_image_dtype_f16, result)
             : result;
}

llvm::Value *Product::zero(Kernel &k, unsigned lanes) const {
  return llvm::Constant::getNullValue(
      k.widen(k.computeType(accumulator), lanes));
}

unsigned Product::lanes(const TargetTraits &traits) const {
  return std::max(1u, traits.vectorBytes() / computeSize(accumulator));
}

std::optional<View> zeroPointView(Lowering &l, llvm::ArrayRef<int64_t> points,
                                  size_t rank, size_t dim) {
  if (llvm::all_of(points, [](int64_t point) { return point == 0; }))
    return std::nullopt;
  std::vector<int32_t> words(points.begin(), points.end());
  View view = l.addRodata(
      gp_image_dtype_i32, {static_cast<int64_t>(words.size())},
      {reinterpret_cast<const uint8_t *>(words.data()), words.size() * 4});
  view.sizes.assign(rank, 1);
  view.strides.assign(rank, 0);
  view.sizes[dim] = static_cast<int64_t>(words.size());
  view.strides[dim] = words.size() == 1 ? 0 : 1;
  return view;
}

} // namespace glowplug::cpu
