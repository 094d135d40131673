// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products against their definition.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;

namespace {

TEST(MatMulTest, MultipliesASmallMatrix) {
  ProgramBuilder b("matmul");
  ValueId x = b.input("x", DType::f32, {2, 3});
  ValueId y = b.input("y", DType::f32, {3, 2});
  b.output(b.matmul(x, y));
  auto out = run(b, {Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}),
                     Tensor::of<float>({3, 2}, {7, 8, 9, 10, 11, 12})});
  EXPECT_EQ(elementsOf<float>(out[0]), (std::vector<float>{58, 64, 139, 154}));
}

TEST(MatMulTest, SumsOfNothingAreZero) {
  ProgramBuilder b("matmul");
  b.output(b.matmul(b.input("x", DType::f32, {2, 0}),
                    b.input("y", DType::f32, {0, 3})));
  b.output(b.matmul(b.input("x", DType::i8, {0, 4}),
                    b.input("y", DType::i8, {4, 3})));
  auto zeros = [](DType type, llvm::ArrayRef<int64_t> shape) {
    return llvm::cantFail(Tensor::zeros(type, shape));
  };
  auto out = run(b, {zeros(DType::f32, {2, 0}), zeros(DType::f32, {0, 3}),
                     zeros(DType::i8, {0, 4}), zeros(DType::i8, {4, 3})});
  EXPECT_EQ(elementsOf<float>(out[0]), std::vector<float>(6, 0));
  EXPECT_EQ(shapeOf(out[1]), (std::vector<int64_t>{0, 3}));
}

TEST(MatMulTest, AccumulatesInDoubleAndRoundsOnce) {
  ProgramBuilder b("matmul");
  b.output(b.matmul(b.input("x", DType::f32, {1, 3}),
                    b.input("y", DType::f32, {3, 1})));
  // A float accumulator would lose the 1, and so end at 0.
  auto out = run(b, {Tensor::of<float>({1, 3}, {0x1p30f, 1, -0x1p30f}),
                     Tensor::of<float>({3, 1}, {1, 1, 1})});
  EXPECT_EQ(elementsOf<float>(out[0]), std::vector<float>{1});
}

TEST(MatMulTest, IntegerSumsWrap) {
  ProgramBuilder b("matmul");
  b.output(b.matmul(b.input("x", DType::i32, {1, 2}),
                    b.input("y", DType::i32, {2, 1})));
  b.output(b.matmul(b.input("x", DType::i64, {1, 2}),
                    b.input("y", DType::i64, {2, 1})));
  auto out = run(b, {Tensor::of<int32_t>({1, 2}, {1 << 30, 1 << 30}),
                     Tensor::of<int32_t>({2, 1}, {1, 2}),
                     Tensor::of<int64_t>({1, 2}, {INT64_MAX, 1}),
                     Tensor::of<int64_t>({2, 1}, {1, 1})});
  EXPECT_EQ(elementsOf<int32_t>(out[0]), std::vector<int32_t>{-(1 << 30)});
  EXPECT_EQ(elementsOf<int64_t>(out[1]), std::vector<int64_t>{INT64_MIN});
}

TEST(MatMulTest, SubtractsZeroPointsPerRowAndColumn) {
  ProgramBuilder b("matmul");
  ValueId x = b.input("x", DType::u8, {2, 2});
  ValueId y = b.input("y", DType::i8, {2, 2});
  MatMulOptions options;
  options.lhsZp = {128, 1};
  options.rhsZp = {-1, 2};
  b.output(b.matmul(x, y, options));
  options.lhsZp = {10};
  options.rhsZp = {};
  b.output(b.matmul(x, y, options));
  auto out = run(b, {Tensor::of<uint8_t>({2, 2}, {128, 129, 0, 3}),
                     Tensor::of<int8_t>({2, 2}, {1, 2, 3, 4})});
  // Rows (0 1), (-1 2); columns (2 4), (0 2).
  EXPECT_EQ(elementsOf<int32_t>(out[0]), (std::vector<int32_t>{4, 2, 6, 4}));
  EXPECT_EQ(
      elementsOf<int32_t>(out[1]),
      (std::vector<int32_t>{118 + 119 * 3, 236 + 119 * 4, -10 - 21, -20 - 28}));
}

TEST(MatMulTest, AppliesItsEpilogue) {
  ProgramBuilder b("matmul");
  ValueId x = b.input("x", DType::i8, {2, 2});
  ValueId y = b.input("y", DType::i8, {2, 2});
  ValueId bias = b.input("bias", DType::i32, {1, 2});
  ValueId scale = b.input("scale", DType::f32, {1, 1});
  RegionBuilder region({DType::i32, DType::i32, DType::f32});
  ScalarId sum = region.add(region.parameter(0), region.parameter(1));
  region.yield(region.mul(region.cast(DType::f32, sum), region.parameter(2)));
  MatMulOptions options;
  options.epilogue = {region, {bias, scale}};
  b.output(b.matmul(x, y, options));
  auto out = run(b, {Tensor::of<int8_t>({2, 2}, {1, 2, 3, 4}),
                     Tensor::of<int8_t>({2, 2}, {1, 0, 0, 1}),
                     Tensor::of<int32_t>({1, 2}, {10, 20}),
                     Tensor::of<float>({1, 1}, {0.5f})});
  EXPECT_EQ(elementsOf<float>(out[0]),
            (std::vector<float>{5.5f, 11, 6.5f, 12}));
}

/// The product by definition. Sums run over ascending k in Sum, which is
/// double for floats; so even their bits are those of the interpreter.
template <typename T, typename Sum, typename Result>
std::vector<Result> multiply(const Tensor &lhs, const Tensor &rhs,
                             llvm::ArrayRef<int64_t> batch) {
  const int64_t rows = *(lhs.shape().end() - 2);
  const int64_t depth = lhs.shape().back();
  const int64_t columns = rhs.shape().back();
  std::vector<Result> result;
  for (int64_t i = 0; i < batch[0]; ++i)
    for (int64_t j = 0; j < batch[1]; ++j)
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column) {
          auto place = [&](const Tensor &tensor) {
            const int64_t a = tensor.shape()[0] == 1 ? 0 : i;
            const int64_t c = tensor.shape()[1] == 1 ? 0 : j;
            return a * tensor.shape()[1] + c;
          };
          Sum sum = 0;
          for (int64_t k = 0; k < depth; ++k)
            sum +=
                static_cast<Sum>(
                    lhs.elements<T>()[(place(lhs) * rows + row) * depth + k]) *
                static_cast<Sum>(
                    rhs.elements<T>()[(place(rhs) * depth + k) * columns +
                                      column]);
          result.push_back(static_cast<Result>(sum));
        }
  return result;
}

template <typename T, typename Sum, typename Result>
void checkRandomProducts(uint32_t seed) {
  Random random(seed);
  for (int round = 0; round < 40; ++round) {
    const int64_t batch[2] = {pick(random, 1, 3), pick(random, 1, 3)};
    auto shape = [&](int64_t rows, int64_t columns) {
      std::vector<int64_t> dims;
      for (int64_t dim : batch)
        dims.push_back(random() % 3 == 0 ? 1 : dim);
      dims.push_back(rows);
      dims.push_back(columns);
      return dims;
    };
    const int64_t depth = pick(random, 1, 40);
    Tensor lhs = randomTensor<T>(random, shape(pick(random, 1, 13), depth));
    Tensor rhs = randomTensor<T>(random, shape(depth, pick(random, 1, 30)));
    ProgramBuilder b("matmul");
    ValueId result = b.matmul(b.input("x", dtypeOf<T>, lhs.shape()),
                              b.input("y", dtypeOf<T>, rhs.shape()));
    b.output(result);
    InterpreterOptions options;
    options.threads = static_cast<unsigned>(pick(random, 1, 3));
    ASSERT_EQ(elementsOf<Result>(run(b, {lhs, rhs}, options)[0]),
              (multiply<T, Sum, Result>(lhs, rhs, b.shape(result))))
        << "round " << round;
  }
}

TEST(MatMulTest, AgreesWithTheDefinition) {
  checkRandomProducts<float, double, float>(1);
  checkRandomProducts<double, double, double>(2);
  checkRandomProducts<int8_t, int32_t, int32_t>(3);
  checkRandomProducts<uint8_t, int32_t, int32_t>(4);
  checkRandomProducts<int16_t, uint32_t, int32_t>(5);
  checkRandomProducts<int32_t, uint32_t, int32_t>(6);
  checkRandomProducts<uint32_t, uint32_t, uint32_t>(7);
  checkRandomProducts<int64_t, uint64_t, int64_t>(8);
  checkRandomProducts<uint64_t, uint64_t, uint64_t>(9);
}

TEST(MatMulTest, SixteenBitFloatsAccumulateInFloat) {
  ProgramBuilder b("matmul");
  ValueId x = b.input("x", DType::f16, {1, 2});
  ValueId y = b.input("y", DType::f16, {2, 1});
  MatMulOptions options;
  RegionBuilder region({DType::f32});
  region.yield(region.parameter(0));
  options.epilogue.region = region;
  b.output(b.matmul(x, y, options)); // the accumulator itself
  b.output(b.matmul(x, y));
  auto out = run(b, {Tensor::of<Half>({1, 2}, {Half(300), Half(1)}),
                     Tensor::of<Half>({2, 1}, {Half(300), Half(1)})});
  EXPECT_EQ(elementsOf<float>(out[0]), std::vector<float>{90001});
  EXPECT_EQ(elementsOf<Half>(out[1])[0].bits, 0x7c00);
}

} // namespace
