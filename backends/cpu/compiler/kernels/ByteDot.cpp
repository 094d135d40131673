// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of 8-bit products by the instructions of the target.

#include "backends/cpu/compiler/kernels/ByteDot.h"

#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/IntrinsicsX86.h"

using namespace llvm;

namespace glowplug::cpu {

static Intrinsic::ID byWidth(unsigned lanes, Intrinsic::ID four,
                             Intrinsic::ID eight, Intrinsic::ID sixteen) {
  return lanes == 16 ? sixteen : lanes == 8 ? eight : four;
}

/// The sum of the two 16-bit products of each lane.
static Value *multiplyPairs(IRBuilder<> &builder, unsigned lanes, Value *x,
                            Value *y) {
  auto *type = FixedVectorType::get(builder.getInt16Ty(), 2 * lanes);
  return builder.CreateIntrinsic(
      byWidth(lanes, Intrinsic::x86_sse2_pmadd_wd, Intrinsic::x86_avx2_pmadd_wd,
              Intrinsic::x86_avx512_pmaddw_d_512),
      {}, {builder.CreateBitCast(x, type), builder.CreateBitCast(y, type)});
}

WordPairs widenBytes(IRBuilder<> &builder, Value *x, bool isSigned) {
  const unsigned lanes = cast<FixedVectorType>(x->getType())->getNumElements();
  auto *type = FixedVectorType::get(builder.getInt16Ty(), 2 * lanes);
  x = builder.CreateBitCast(x, type);
  if (isSigned)
    return {builder.CreateAShr(builder.CreateShl(x, 8), 8),
            builder.CreateAShr(x, 8)};
  return {builder.CreateAnd(x, ConstantInt::get(type, 255)),
          builder.CreateLShr(x, 8)};
}

Value *emitPairProduct(IRBuilder<> &builder, const TargetTraits &target,
                       Value *sum, Value *left, Value *right) {
  return builder.CreateAdd(sum,
                           multiplyPairs(builder, target.lanes, left, right));
}

Value *emitByteDot(IRBuilder<> &builder, const TargetTraits &target, Value *sum,
                   Value *left, Value *right) {
  const unsigned lanes = target.lanes;
  if (target.byteDot == ByteDot::quads)
    return builder.CreateIntrinsic(byWidth(lanes,
                                           Intrinsic::x86_avx512_vpdpbusd_128,
                                           Intrinsic::x86_avx512_vpdpbusd_256,
                                           Intrinsic::x86_avx512_vpdpbusd_512),
                                   {}, {sum, left, right});
  if (target.byteDot == ByteDot::pairs) {
    const WordPairs x = widenBytes(builder, left, false);
    const WordPairs y = widenBytes(builder, right, true);
    sum = emitPairProduct(builder, target, sum, x.even, y.even);
    return emitPairProduct(builder, target, sum, x.odd, y.odd);
  }
  for (unsigned byte = 0; byte < 4; ++byte) {
    Value *x = builder.CreateAnd(builder.CreateLShr(left, 8 * byte), 255);
    Value *y = builder.CreateAShr(builder.CreateShl(right, 24 - 8 * byte), 24);
    sum = builder.CreateAdd(sum, builder.CreateMul(x, y));
  }
  return sum;
}

Value *emitWordProduct(IRBuilder<> &builder, const TargetTraits &target,
                       Value *sum, Value *left, Value *right) {
  const unsigned lanes = target.lanes;
  // The upper half of each left lane is 0, so the upper half of the right one
  // may hold anything.
  if (target.byteDot == ByteDot::quads)
    return builder.CreateIntrinsic(byWidth(lanes,
                                           Intrinsic::x86_avx512_vpdpwssd_128,
                                           Intrinsic::x86_avx512_vpdpwssd_256,
                                           Intrinsic::x86_avx512_vpdpwssd_512),
                                   {}, {sum, left, right});
  if (target.byteDot == ByteDot::pairs)
    return emitPairProduct(builder, target, sum, left, right);
  return builder.CreateAdd(sum, builder.CreateMul(left, right));
}

} // namespace glowplug::cpu
