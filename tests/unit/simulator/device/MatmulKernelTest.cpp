// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel that the host gets against the plain one, at the ends of the
// range.

#include "simulator/device/MatmulKernel.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using namespace glowplug::npu;

namespace {

TEST(MatmulKernel, EqualsThePlainOne) {
  std::mt19937_64 random(15);
  for (const int r : {4, 8, 16, 32})
    for (int round = 0; round < 200; ++round) {
      const bool extreme = round % 2 == 0;
      PackedWeights weights;
      for (auto &w : weights.pairs)
        w = static_cast<std::int16_t>(
            extreme ? (random() % 2 == 0 ? -383 : 383)
                    : static_cast<int>(random() % 511) - 255);
      std::vector<std::uint8_t> input(200 * r);
      for (auto &byte : input)
        byte =
            static_cast<std::uint8_t>(extreme ? random() % 2 * 255 : random());
      std::vector<std::int32_t> sums(50 * r);
      for (auto &sum : sums)
        sum = static_cast<std::int32_t>(random());
      std::vector<std::int32_t> expected = sums;
      RowRun run{
          input.data(),
          static_cast<std::int64_t>(random() % 4) * r,
          static_cast<std::int64_t>(random() % 50),
          sums.data(),
          random() % 2 == 0,
          static_cast<std::int16_t>(extreme ? -128 : random() % 384 - 128)};
      matmulKernel(r)(run, weights);
      run.sums = expected.data();
      plainMatmulKernel(r)(run, weights);
      ASSERT_EQ(sums, expected) << r;
    }
}

} // namespace
