// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The host tensor and the sizes of element types.

#include "core/support/Tensor.h"

#include <gtest/gtest.h>

using namespace glowplug;

namespace {

std::string errorOf(llvm::Expected<Tensor> tensor) {
  return tensor ? "" : llvm::toString(tensor.takeError());
}

TEST(DTypeTest, NamesReadBack) {
  for (unsigned i = 1; i < dtypeCount; ++i) {
    auto type = static_cast<DType>(i);
    EXPECT_EQ(parseDType(dtypeName(type)), type);
    EXPECT_NE(dtypeBytes(type), 0u);
  }
  EXPECT_EQ(parseDType("none"), std::nullopt);
  EXPECT_EQ(parseDType("f31"), std::nullopt);
  EXPECT_EQ(dtypeName(static_cast<DType>(200)), "none");
}

TEST(DTypeTest, CountsBytesWithoutOverflow) {
  EXPECT_EQ(byteCount(DType::f32, {}), 4);
  EXPECT_EQ(byteCount(DType::f32, {2, 3}), 24);
  EXPECT_EQ(byteCount(DType::f64, {0, 5}), 0);
  EXPECT_EQ(byteCount(DType::i8, {int64_t{1} << 62}), int64_t{1} << 62);
  EXPECT_EQ(byteCount(DType::i16, {int64_t{1} << 62}), std::nullopt);
  EXPECT_EQ(byteCount(DType::i8, {0, int64_t{1} << 40, int64_t{1} << 40}),
            std::nullopt);
  EXPECT_EQ(elementCount({2, -1}), std::nullopt);
  EXPECT_EQ(byteCount(DType::none, {2}), std::nullopt);
}

TEST(TensorTest, AllocatesAlignedZeros) {
  for (int64_t size : {0, 1, 63, 64, 1000}) {
    Tensor tensor = llvm::cantFail(Tensor::zeros(DType::i8, size));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.bytes().data()) % 64, 0u);
    EXPECT_EQ(tensor.byteCount(), static_cast<size_t>(size));
    for (uint8_t byte : tensor.bytes())
      EXPECT_EQ(byte, 0);
  }
}

TEST(TensorTest, SharesBytesUntilCloned) {
  Tensor first = Tensor::of<int32_t>({2, 2}, {1, 2, 3, 4});
  Tensor second = first.reshaped({4});
  Tensor copy = llvm::cantFail(first.clone());
  first.mutableElements<int32_t>()[3] = 9;
  EXPECT_EQ(second.elements<int32_t>()[3], 9);
  EXPECT_EQ(copy.elements<int32_t>()[3], 4);
  EXPECT_EQ(second.typeString(), "i32[4]");
  EXPECT_FALSE(Tensor());
}

TEST(TensorTest, BorrowsOnlyWhatFits) {
  alignas(8) uint8_t bytes[16] = {1};
  llvm::ArrayRef<uint8_t> all(bytes);
  Tensor tensor = llvm::cantFail(Tensor::borrow(DType::i32, {2, 2}, all));
  EXPECT_EQ(tensor.elements<int32_t>()[0], 1);
  EXPECT_FALSE(tensor.writable());
  EXPECT_FALSE(tensor.ownsBytes());
  EXPECT_EQ(errorOf(Tensor::borrow(DType::i32, {3}, all)),
            "type i32[3] does not have the size of its data, 16 bytes");
  EXPECT_EQ(errorOf(Tensor::borrow(DType::i32, {3}, all.slice(2, 12))),
            "data of type i32[3] is not aligned");
}

TEST(TensorTest, RefusesImpossibleSizes) {
  EXPECT_EQ(errorOf(Tensor::zeros(DType::f32, {-1})),
            "type f32[-1] is not valid or too large");
  EXPECT_EQ(errorOf(Tensor::uninitialized(DType::i8, int64_t{1} << 60)),
            "out of memory: i8[1152921504606846976] needs "
            "1152921504606846976 bytes");
}

TEST(TensorTest, ReadsAsDoubles) {
  EXPECT_EQ(toDoubles(Tensor::of<Half>({2}, {Half(1.5), Half(-2)})),
            (std::vector<double>{1.5, -2}));
  EXPECT_EQ(toDoubles(Tensor::of<Boolean>({2}, {Boolean(true), Boolean()})),
            (std::vector<double>{1, 0}));
}

} // namespace
