// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops along one dim: arg_reduce, scan and sort.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ReduceKind;

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
using Indices = std::vector<int64_t>;

Indices argReduce(ReduceKind kind, const Tensor &input, int64_t dim,
                  bool selectLast = false) {
  ProgramBuilder b("arg");
  b.output(b.argReduce(kind, b.input("x", input.dtype(), input.shape()), dim,
                       selectLast));
  return elementsOf<int64_t>(run(b, {input})[0]);
}

TEST(ArgReduceTest, TiesGoToTheLowestIndexOrTheHighest) {
  Tensor x = Tensor::of<int8_t>({5}, {3, -1, 3, -1, 0});
  EXPECT_EQ(argReduce(ReduceKind::max, x, 0), Indices{0});
  EXPECT_EQ(argReduce(ReduceKind::max, x, 0, true), Indices{2});
  EXPECT_EQ(argReduce(ReduceKind::min, x, 0), Indices{1});
  EXPECT_EQ(argReduce(ReduceKind::min, x, 0, true), Indices{3});
}

TEST(ArgReduceTest, NanIsMoreExtremeThanAnyNumber) {
  Tensor x = Tensor::of<float>({5}, {1, nan, 9, nan, -9});
  EXPECT_EQ(argReduce(ReduceKind::max, x, 0), Indices{1});
  EXPECT_EQ(argReduce(ReduceKind::min, x, 0), Indices{1});
  EXPECT_EQ(argReduce(ReduceKind::max, x, 0, true), Indices{3});
  EXPECT_EQ(argReduce(ReduceKind::min, x, 0, true), Indices{3});
}

TEST(ArgReduceTest, RunsAlongAnyDim) {
  Tensor x = Tensor::of<int32_t>({2, 2, 2}, {1, 8, 3, 4, 5, 6, 7, 2});
  EXPECT_EQ(argReduce(ReduceKind::max, x, 0), (Indices{1, 0, 1, 0}));
  EXPECT_EQ(argReduce(ReduceKind::max, x, 1), (Indices{1, 0, 1, 0}));
  EXPECT_EQ(argReduce(ReduceKind::max, x, 2), (Indices{1, 1, 1, 0}));
}

template <typename T>
std::vector<T> scan(ReduceKind kind, const Tensor &input, int64_t dim,
                    const ScanOptions &options = {}) {
  ProgramBuilder b("scan");
  b.output(
      b.scan(kind, b.input("x", input.dtype(), input.shape()), dim, options));
  return elementsOf<T>(run(b, {input})[0]);
}

TEST(ScanTest, RunsForwardAndBackward) {
  Tensor x = Tensor::of<float>({4}, {1, 2, 3, 4});
  EXPECT_EQ(scan<float>(ReduceKind::sum, x, 0),
            (std::vector<float>{1, 3, 6, 10}));
  EXPECT_EQ(scan<float>(ReduceKind::sum, x, 0, {true, false}),
            (std::vector<float>{0, 1, 3, 6}));
  EXPECT_EQ(scan<float>(ReduceKind::sum, x, 0, {false, true}),
            (std::vector<float>{10, 9, 7, 4}));
  EXPECT_EQ(scan<float>(ReduceKind::sum, x, 0, {true, true}),
            (std::vector<float>{9, 7, 4, 0}));
  EXPECT_EQ(scan<float>(ReduceKind::prod, x, 0, {true, false}),
            (std::vector<float>{1, 1, 2, 6}));
}

TEST(ScanTest, KeepsItsTypeAndWraps) {
  EXPECT_EQ(scan<int8_t>(ReduceKind::sum,
                         Tensor::of<int8_t>({3}, {100, 100, 100}), 0),
            (std::vector<int8_t>{100, -56, 44}));
  EXPECT_EQ(scan<uint64_t>(ReduceKind::prod,
                           Tensor::of<uint64_t>({2}, {UINT64_MAX, 2}), 0),
            (std::vector<uint64_t>{UINT64_MAX, UINT64_MAX - 1}));
}

TEST(ScanTest, RunsAlongAnyDim) {
  Tensor x = Tensor::of<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(scan<int32_t>(ReduceKind::sum, x, 0),
            (std::vector<int32_t>{1, 2, 3, 5, 7, 9}));
  EXPECT_EQ(scan<int32_t>(ReduceKind::sum, x, 1),
            (std::vector<int32_t>{1, 3, 6, 4, 9, 15}));
}

struct Sorted {
  Tensor values;
  Indices positions;
};

Sorted sort(const Tensor &input, int64_t dim, bool descending = false) {
  ProgramBuilder b("sort");
  auto [values, positions] =
      b.sort(b.input("x", input.dtype(), input.shape()), dim, descending);
  b.output(values);
  b.output(positions);
  auto out = run(b, {input});
  return {out[0], elementsOf<int64_t>(out[1])};
}

TEST(SortTest, IsStableBothWays) {
  Tensor x = Tensor::of<int32_t>({6}, {2, 1, 2, 1, 3, 2});
  Sorted up = sort(x, 0);
  EXPECT_EQ(elementsOf<int32_t>(up.values),
            (std::vector<int32_t>{1, 1, 2, 2, 2, 3}));
  EXPECT_EQ(up.positions, (Indices{1, 3, 0, 2, 5, 4}));
  Sorted down = sort(x, 0, true);
  EXPECT_EQ(elementsOf<int32_t>(down.values),
            (std::vector<int32_t>{3, 2, 2, 2, 1, 1}));
  EXPECT_EQ(down.positions, (Indices{4, 0, 2, 5, 1, 3}));
}

TEST(SortTest, NanIsTheGreatestAndZerosAreEqual) {
  Tensor x = Tensor::of<float>({6}, {nan, 1, 0.0f, nan, -0.0f, -5});
  Sorted up = sort(x, 0);
  EXPECT_EQ(up.positions, (Indices{5, 2, 4, 1, 0, 3}));
  EXPECT_TRUE(std::isnan(elementsOf<float>(up.values)[5]));
  EXPECT_FALSE(std::signbit(elementsOf<float>(up.values)[1]));
  EXPECT_EQ(sort(x, 0, true).positions, (Indices{0, 3, 1, 2, 4, 5}));
}

TEST(SortTest, RunsAlongAnyDim) {
  Tensor x = Tensor::of<uint8_t>({2, 3}, {30, 20, 250, 10, 25, 5});
  EXPECT_EQ(sort(x, 0).positions, (Indices{1, 0, 1, 0, 1, 0}));
  EXPECT_EQ(elementsOf<uint8_t>(sort(x, 1).values),
            (std::vector<uint8_t>{20, 30, 250, 5, 10, 25}));
}

TEST(SortTest, TakesEmptyTensors) {
  Tensor empty = llvm::cantFail(Tensor::zeros(DType::f32, {0, 3}));
  EXPECT_TRUE(sort(empty, 0).positions.empty());
  EXPECT_TRUE(sort(empty, 1).positions.empty());
}

} // namespace
