// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The signatures of the schema are those that the interpreter computes.

#include "core/reference/Scalar.h"
#include "core/semantics/Rules.h"

#include <gtest/gtest.h>

using namespace glowplug;
using semantics::ScalarOp;

static bool isAccepted(ScalarOp op, DType result,
                       llvm::ArrayRef<DType> operands) {
  llvm::Error error = semantics::verify(op, result, operands);
  const bool accepted = !error;
  llvm::consumeError(std::move(error));
  return accepted;
}

/// Calls \p visit with every list of \p count types.
template <typename Visit>
static void forEachTypes(size_t count, llvm::SmallVector<DType> &types,
                         Visit visit) {
  if (types.size() == count)
    return visit();
  for (unsigned i = 1; i < dtypeCount; ++i) {
    types.push_back(static_cast<DType>(i));
    forEachTypes(count, types, visit);
    types.pop_back();
  }
}

TEST(ScalarTest, TheInterpreterTakesWhatTheSchemaSays) {
  size_t accepted = 0, refused = 0;
  for (const semantics::ScalarSignature &signature :
       semantics::scalarSignatures) {
    if (signature.op == ScalarOp::constant)
      continue;
    llvm::SmallVector<DType> types;
    forEachTypes(signature.operandCount + 1, types, [&] {
      llvm::ArrayRef<DType> operands = llvm::ArrayRef(types).drop_front();
      // It holds scales as doubles in its wide precision.
      if (signature.op == ScalarOp::rescale_fp32_rne &&
          operands[1] == DType::f64)
        return;
      const bool isRight = isAccepted(signature.op, types[0], operands);
      const bool hasLoop =
          reference::scalarLoop(static_cast<image::ScalarOp>(signature.op),
                                types[0], operands) != nullptr;
      ++(isRight ? accepted : refused);
      ASSERT_EQ(isRight, hasLoop)
          << nameOf(signature.op).str() << " -> " << dtypeName(types[0]).str()
          << " from " << dtypeName(operands[0]).str();
    });
  }
  EXPECT_GT(accepted, 600u);
  EXPECT_GT(refused, 10000u);
}

TEST(ScalarTest, ResultsFollowFromOperands) {
  using enum DType;
  EXPECT_EQ(semantics::resultOf(ScalarOp::add, {f32, f32}), f32);
  EXPECT_EQ(semantics::resultOf(ScalarOp::lt, {u8, u8}), boolean);
  EXPECT_EQ(semantics::resultOf(ScalarOp::is_nan, {f16}), boolean);
  EXPECT_EQ(semantics::resultOf(ScalarOp::select, {boolean, i8, i8}), i8);
  EXPECT_EQ(semantics::resultOf(ScalarOp::quantize, {f32, f32, u8}), u8);
  EXPECT_EQ(semantics::resultOf(ScalarOp::dequantize, {i8, f16, i8}), f16);
  EXPECT_EQ(semantics::resultOf(ScalarOp::rescale_fp32_rne, {i32, f32, i8}),
            i8);
  EXPECT_EQ(
      semantics::resultOf(ScalarOp::rescale_tosa_single, {i32, i32, i32, u8}),
      u8);
  EXPECT_EQ(semantics::resultOf(ScalarOp::cast, {f32}), none);
}

TEST(ScalarTest, BitcastKeepsTheWidth) {
  using enum DType;
  EXPECT_TRUE(isAccepted(ScalarOp::bitcast, i32, {f32}));
  EXPECT_TRUE(isAccepted(ScalarOp::bitcast, bf16, {u16}));
  EXPECT_FALSE(isAccepted(ScalarOp::bitcast, i16, {f32}));
  EXPECT_FALSE(isAccepted(ScalarOp::bitcast, u8, {boolean}));
  EXPECT_FALSE(isAccepted(ScalarOp::bitcast, boolean, {u8}));
}

TEST(ScalarTest, UnknownOnesAreRefused) {
  EXPECT_EQ(semantics::findSignature(static_cast<ScalarOp>(0)), nullptr);
  EXPECT_EQ(semantics::findSignature(static_cast<ScalarOp>(255)), nullptr);
  EXPECT_FALSE(isAccepted(static_cast<ScalarOp>(200), DType::f32, {}));
}
