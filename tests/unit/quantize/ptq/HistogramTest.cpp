// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Histograms against counting by hand.

#include "core/quantize/ptq/Histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace glowplug::ptq;

namespace {

std::vector<float> normals(size_t count, float spread, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<float> values;
  for (size_t i = 0; i < count; ++i) { // sums of twelve: the same everywhere
    float sum = -6;
    for (int j = 0; j < 12; ++j)
      sum += float(engine() >> 8) / float(1 << 24);
    values.push_back(spread * sum);
  }
  return values;
}

/// Every bin holds what lies between its edges.
void expectCounts(const Histogram &histogram, llvm::ArrayRef<float> values) {
  ASSERT_LE(histogram.bins().size(), size_t(Histogram::binLimit));
  std::vector<uint64_t> wanted(histogram.bins().size());
  for (float value : values) {
    size_t bin = 0;
    while (bin + 1 < wanted.size() && value >= histogram.lowEdge(bin + 1))
      ++bin;
    ASSERT_GE(value, histogram.lowEdge(bin));
    ASSERT_LT(value, histogram.lowEdge(bin) + histogram.binWidth());
    ++wanted[bin];
  }
  EXPECT_EQ(histogram.bins().vec(), wanted);
}

bool same(const Histogram &a, const Histogram &b) {
  return a.widthLog2() == b.widthLog2() && a.firstBin() == b.firstBin() &&
         a.bins() == b.bins();
}

TEST(HistogramTest, CountsWhatLiesBetweenItsEdges) {
  for (float spread : {1.F, 1e-30F, 3e20F, 0.37F}) {
    const std::vector<float> values = normals(3000, spread, 1);
    Histogram histogram;
    EXPECT_EQ(histogram.add(values), 0U);
    expectCounts(histogram, values);
  }
}

TEST(HistogramTest, IsTheSameForEveryOrderAndDivision) {
  std::vector<float> values = normals(500, 1, 2);
  for (int i = 0; i < 12; ++i) // ranges that grow in many steps
    for (float value : normals(50, std::ldexp(1.F, i * 3), unsigned(i)))
      values.push_back(value);
  Histogram whole, single, backwards;
  whole.add(values);
  for (float value : values)
    single.add(value);
  for (size_t i = values.size(); i-- > 0;)
    backwards.add(values[i]);
  expectCounts(whole, values);
  EXPECT_TRUE(same(whole, single));
  EXPECT_TRUE(same(whole, backwards));
}

TEST(HistogramTest, UsesAtLeastHalfOfItsBinsOnEitherSideOfZero) {
  for (float sign : {1.F, -1.F}) {
    Histogram histogram;
    histogram.add({sign * 0.1F, sign * 1.0001F});
    EXPECT_GT(histogram.bins().size(), size_t(Histogram::binLimit) / 2);
  }
}

TEST(HistogramTest, LeavesOutWhatIsNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  Histogram histogram;
  EXPECT_EQ(histogram.add({NAN, infinity, -infinity}), 3U);
  EXPECT_TRUE(histogram.empty());
  EXPECT_EQ(histogram.add({1, NAN, 2}), 1U);
  EXPECT_EQ(histogram.total(), 2U);
}

TEST(HistogramTest, HoldsZerosDenormalsAndTheLargestFloats) {
  Histogram histogram;
  histogram.add({0, -0.F, 0});
  EXPECT_EQ(histogram.total(), 3U);
  const std::vector<float> values = {std::numeric_limits<float>::denorm_min(),
                                     0, 0, 0,
                                     -std::numeric_limits<float>::denorm_min()};
  Histogram small;
  small.add(values);
  expectCounts(small, values);
  const std::vector<float> extremes = {std::numeric_limits<float>::max(),
                                       std::numeric_limits<float>::lowest()};
  Histogram large;
  large.add(extremes);
  expectCounts(large, extremes);
}

} // namespace
