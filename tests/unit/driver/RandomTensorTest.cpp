// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random inputs are the same everywhere, and lie where they should.

#include "core/driver/RandomTensor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

using namespace glowplug;

static std::vector<double> draw(DType type, uint64_t seed, uint64_t stream) {
  return toDoubles(llvm::cantFail(randomTensor(type, {10, 100}, seed, stream)));
}

TEST(RandomTensorTest, IsTheSameEverywhere) {
  const std::vector<double> values = draw(DType::f32, 1, 0);
  EXPECT_EQ(values[0], -0.2636209726333618);
  EXPECT_EQ(values[999], -0.11543500423431396);
  EXPECT_EQ(values, draw(DType::f32, 1, 0));
  EXPECT_NE(values, draw(DType::f32, 2, 0));
  EXPECT_NE(values, draw(DType::f32, 1, 1));
}

TEST(RandomTensorTest, FloatsFillTheirRange) {
  for (DType type : {DType::f16, DType::bf16, DType::f32, DType::f64}) {
    const std::vector<double> values = draw(type, 3, 0);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    EXPECT_GE(*low, -1) << dtypeName(type).str();
    EXPECT_LT(*low, -0.97);
    EXPECT_LE(*high, 1);
    EXPECT_GT(*high, 0.97);
  }
}

TEST(RandomTensorTest, IntegersAreSmallOrOfAllBytes) {
  for (DType type : {DType::i32, DType::i64, DType::u32, DType::u16}) {
    const std::vector<double> values = draw(type, 3, 0);
    EXPECT_EQ(std::set<double>(values.begin(), values.end()),
              (std::set<double>{0, 1, 2, 3, 4, 5, 6, 7}));
  }
  const std::vector<double> bytes = draw(DType::i8, 3, 0);
  EXPECT_LT(*std::min_element(bytes.begin(), bytes.end()), -120);
  EXPECT_GT(*std::max_element(bytes.begin(), bytes.end()), 120);
  const std::vector<double> bools = draw(DType::boolean, 3, 0);
  EXPECT_EQ(std::set<double>(bools.begin(), bools.end()),
            (std::set<double>{0, 1}));
}
