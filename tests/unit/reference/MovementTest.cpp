// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that move elements without looking at them.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;

namespace {

using Ints = std::vector<int32_t>;

/// 0, 1, 2, ... in the given shape.
Tensor counting(llvm::ArrayRef<int64_t> shape) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(DType::i32, shape));
  int32_t next = 0;
  for (int32_t &element : tensor.mutableElements<int32_t>())
    element = next++;
  return tensor;
}

/// Runs a program of one input that \p make completes.
template <typename Function>
Tensor move(const Tensor &input, Function make) {
  ProgramBuilder b("move");
  b.output(make(b, b.input("x", input.dtype(), input.shape())));
  return run(b, {input})[0];
}

Ints transpose(const Tensor &input, const DimList &permutation) {
  return elementsOf<int32_t>(move(input, [&](ProgramBuilder &b, ValueId x) {
    return b.transpose(x, permutation);
  }));
}

TEST(TransposeTest, PermutesDims) {
  Tensor x = counting({2, 3});
  EXPECT_EQ(transpose(x, {1, 0}), (Ints{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(transpose(x, {0, 1}), (Ints{0, 1, 2, 3, 4, 5}));
  // result.shape[i] = input.shape[permutation[i]]: [2,3,4] -> [4,2,3].
  Tensor y = counting({2, 3, 4});
  Ints out = transpose(y, {2, 0, 1});
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 2; ++j)
      for (int k = 0; k < 3; ++k)
        EXPECT_EQ(out[(i * 2 + j) * 3 + k], (j * 3 + k) * 4 + i);
  EXPECT_EQ(transpose(counting({1, 5, 1}), {2, 0, 1}), (Ints{0, 1, 2, 3, 4}));
  EXPECT_EQ(transpose(counting({}), {}), Ints{0});
  EXPECT_EQ(transpose(counting({0, 3}), {1, 0}), Ints{});
}

TEST(TransposeTest, MovesElementsOfEveryWidth) {
  Random random(1);
  auto check = [&]<typename T>(T) {
    Tensor x = randomTensor<T>(random, {3, 5});
    auto out = elementsOf<T>(move(x, [&](ProgramBuilder &b, ValueId value) {
      return b.transpose(value, {1, 0});
    }));
    for (int i = 0; i < 5; ++i)
      for (int j = 0; j < 3; ++j)
        EXPECT_EQ(out[i * 3 + j], x.elements<T>()[j * 5 + i]);
  };
  check(uint8_t());
  check(int16_t());
  check(float());
  check(double());
}

TEST(ReshapeTest, KeepsTheOrder) {
  Tensor out = move(counting({2, 3}), [](ProgramBuilder &b, ValueId x) {
    return b.reshape(x, {3, 1, 2});
  });
  EXPECT_EQ(shapeOf(out), (std::vector<int64_t>{3, 1, 2}));
  EXPECT_EQ(elementsOf<int32_t>(out), (Ints{0, 1, 2, 3, 4, 5}));
}

TEST(BroadcastTest, RepeatsDimsOfOne) {
  Tensor out = move(counting({2, 1, 2}), [](ProgramBuilder &b, ValueId x) {
    return b.broadcast(x, {2, 3, 2});
  });
  EXPECT_EQ(elementsOf<int32_t>(out),
            (Ints{0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3}));
  Tensor none = move(counting({1}), [](ProgramBuilder &b, ValueId x) {
    return b.broadcast(x, {0});
  });
  EXPECT_EQ(none.elementCount(), 0);
}

Ints slice(const Tensor &input, const DimList &starts, const DimList &sizes,
           const DimList &strides) {
  return elementsOf<int32_t>(move(input, [&](ProgramBuilder &b, ValueId x) {
    return b.slice(x, starts, sizes, strides);
  }));
}

TEST(SliceTest, StepsForwardAndBackward) {
  EXPECT_EQ(slice(counting({10}), {1}, {3}, {4}), (Ints{1, 5, 9}));
  EXPECT_EQ(slice(counting({10}), {9}, {4}, {-3}), (Ints{9, 6, 3, 0}));
  EXPECT_EQ(slice(counting({2, 4}), {1, 3}, {2, 2}, {-1, -2}),
            (Ints{7, 5, 3, 1}));
  EXPECT_EQ(slice(counting({4}), {4}, {0}, {1}), Ints{});
  EXPECT_EQ(slice(counting({4}), {2}, {1}, {INT64_MIN}), Ints{2});
  EXPECT_EQ(slice(counting({}), {}, {}, {}), Ints{0});
}

Ints pad(const Tensor &input, const DimList &low, const DimList &high,
         const DimList &interior) {
  ProgramBuilder b("pad");
  ValueId x = b.input("x", DType::i32, input.shape());
  ValueId value = b.input("value", DType::i32, {});
  b.output(b.pad(x, value, low, high, interior));
  return elementsOf<int32_t>(run(b, {input, Tensor::scalar(int32_t{-1})})[0]);
}

TEST(PadTest, PadsAroundAndBetween) {
  EXPECT_EQ(pad(counting({3}), {1}, {2}, {1}),
            (Ints{-1, 0, -1, 1, -1, 2, -1, -1}));
  EXPECT_EQ(pad(counting({2, 2}), {0, 1}, {1, 0}, {0, 0}),
            (Ints{-1, 0, 1, -1, 2, 3, -1, -1, -1}));
  EXPECT_EQ(pad(counting({0}), {1}, {1}, {5}), (Ints{-1, -1}));
  EXPECT_EQ(pad(counting({1}), {0}, {0}, {INT64_MAX}), (Ints{0}));
  EXPECT_EQ(pad(counting({}), {}, {}, {}), (Ints{0}));
}

TEST(ConcatTest, JoinsAlongAnyDim) {
  ProgramBuilder b("concat");
  ValueId x = b.input("x", DType::i32, {2, 2});
  ValueId y = b.input("y", DType::i32, {2, 1});
  ValueId none = b.input("none", DType::i32, {2, 0});
  b.output(b.concat({x, none, y, x}, 1));
  b.output(b.concat({y, y}, 0));
  b.output(b.concat({none}, 0));
  auto out = run(b, {counting({2, 2}), Tensor::of<int32_t>({2, 1}, {8, 9}),
                     counting({2, 0})});
  EXPECT_EQ(elementsOf<int32_t>(out[0]), (Ints{0, 1, 8, 0, 1, 2, 3, 9, 2, 3}));
  EXPECT_EQ(elementsOf<int32_t>(out[1]), (Ints{8, 9, 8, 9}));
  EXPECT_EQ(shapeOf(out[2]), (std::vector<int64_t>{2, 0}));
}

} // namespace
