// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gather and scatter, with indices within and beyond the data.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ScatterKind;

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

template <typename T>
Tensor gather(const Tensor &data, const Tensor &indices, int64_t dim) {
  ProgramBuilder b("gather");
  b.output(b.gather(b.input("data", data.dtype(), data.shape()),
                    b.input("indices", indices.dtype(), indices.shape()), dim));
  return run(b, {data, indices})[0];
}

TEST(GatherTest, ClampsItsIndices) {
  Tensor data = Tensor::of<float>({4}, {10, 11, 12, 13});
  Tensor indices = Tensor::of<int32_t>({2, 3}, {0, 3, 1, -1, 4, INT32_MIN});
  Tensor out = gather<float>(data, indices, 0);
  EXPECT_EQ(shapeOf(out), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(elementsOf<float>(out),
            (std::vector<float>{10, 13, 11, 10, 13, 10}));
}

TEST(GatherTest, PutsTheIndexShapeInPlaceOfTheDim) {
  Tensor data = Tensor::of<int32_t>({2, 3, 2}, {0, 1, 2, 3, 4, 5, //
                                                6, 7, 8, 9, 10, 11});
  Tensor middle = gather<int32_t>(data, Tensor::of<int64_t>({2}, {2, 0}), 1);
  EXPECT_EQ(shapeOf(middle), (std::vector<int64_t>{2, 2, 2}));
  EXPECT_EQ(elementsOf<int32_t>(middle),
            (std::vector<int32_t>{4, 5, 0, 1, 10, 11, 6, 7}));
  Tensor scalar = gather<int32_t>(data, Tensor::scalar(int64_t{1}), 2);
  EXPECT_EQ(shapeOf(scalar), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(elementsOf<int32_t>(scalar),
            (std::vector<int32_t>{1, 3, 5, 7, 9, 11}));
}

TEST(GatherTest, OfNoIndicesIsEmpty) {
  Tensor data = llvm::cantFail(Tensor::zeros(DType::f32, {0, 2}));
  Tensor out =
      gather<float>(data, llvm::cantFail(Tensor::zeros(DType::i64, {0})), 0);
  EXPECT_EQ(shapeOf(out), (std::vector<int64_t>{0, 2}));
}

template <typename T>
std::vector<T> scatter(ScatterKind kind, const Tensor &data,
                       const Tensor &indices, const Tensor &updates) {
  ProgramBuilder b("scatter");
  b.output(b.scatter(kind, b.input("data", data.dtype(), data.shape()),
                     b.input("indices", indices.dtype(), indices.shape()),
                     b.input("updates", updates.dtype(), updates.shape())));
  return elementsOf<T>(run(b, {data, indices, updates})[0]);
}

TEST(ScatterTest, SkipsIndicesOutside) {
  Tensor data = Tensor::of<int32_t>({3, 2}, {0, 1, 2, 3, 4, 5});
  Tensor indices = Tensor::of<int64_t>({4}, {2, -1, 3, INT64_MIN});
  Tensor updates =
      Tensor::of<int32_t>({4, 2}, {10, 11, 12, 13, 14, 15, 16, 17});
  EXPECT_EQ(scatter<int32_t>(ScatterKind::assign, data, indices, updates),
            (std::vector<int32_t>{0, 1, 2, 3, 10, 11}));
}

TEST(ScatterTest, CombinesInAscendingOrder) {
  Tensor data = Tensor::of<int32_t>({2}, {5, 7});
  Tensor indices = Tensor::of<int32_t>({3}, {0, 0, 1});
  Tensor updates = Tensor::of<int32_t>({3}, {4, 9, -2});
  auto apply = [&](ScatterKind kind) {
    return scatter<int32_t>(kind, data, indices, updates);
  };
  using Ints = std::vector<int32_t>;
  EXPECT_EQ(apply(ScatterKind::assign), (Ints{9, -2}));
  EXPECT_EQ(apply(ScatterKind::add), (Ints{18, 5}));
  EXPECT_EQ(apply(ScatterKind::mul), (Ints{180, -14}));
  EXPECT_EQ(apply(ScatterKind::min), (Ints{4, -2}));
  EXPECT_EQ(apply(ScatterKind::max), (Ints{9, 7}));
  // Each step rounds to the type: 2^24 + 1 + 1 stays where it is.
  EXPECT_EQ(scatter<float>(ScatterKind::add, Tensor::of<float>({1}, {0x1p24f}),
                           Tensor::of<int32_t>({2}, {0, 0}),
                           Tensor::of<float>({2}, {1, 1})),
            std::vector<float>{0x1p24f});
  EXPECT_EQ(scatter<Half>(ScatterKind::add, Tensor::of<Half>({1}, {Half(2048)}),
                          Tensor::of<int32_t>({2}, {0, 0}),
                          Tensor::of<Half>({2}, {Half(1), Half(1)}))[0]
                .toFloat(),
            2048);
  EXPECT_EQ(scatter<int8_t>(ScatterKind::add, Tensor::of<int8_t>({1}, {127}),
                            Tensor::of<int32_t>({1}, {0}),
                            Tensor::of<int8_t>({1}, {1})),
            std::vector<int8_t>{-128});
  EXPECT_TRUE(std::isnan(scatter<float>(
      ScatterKind::max, Tensor::of<float>({1}, {1}),
      Tensor::of<int32_t>({2}, {0, 0}), Tensor::of<float>({2}, {nan, 2}))[0]));
}

TEST(ScatterTest, LeavesItsOperandAlone) {
  ProgramBuilder b("scatter");
  ValueId data = b.input("data", DType::i32, {2});
  ValueId out =
      b.scatter(ScatterKind::assign, data, b.input("indices", DType::i32, {1}),
                b.input("updates", DType::i32, {1}));
  b.output(out);
  b.output(data);
  Tensor input = Tensor::of<int32_t>({2}, {1, 2});
  auto outputs = run(
      b, {input, Tensor::of<int32_t>({1}, {0}), Tensor::of<int32_t>({1}, {9})});
  EXPECT_EQ(elementsOf<int32_t>(outputs[0]), (std::vector<int32_t>{9, 2}));
  EXPECT_EQ(elementsOf<int32_t>(outputs[1]), (std::vector<int32_t>{1, 2}));
  EXPECT_EQ(elementsOf<int32_t>(input), (std::vector<int32_t>{1, 2}));
}

} // namespace
