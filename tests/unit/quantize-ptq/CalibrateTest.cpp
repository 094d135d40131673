// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calibration against exhaustive search and counting by hand.

#include "core/quantize/ptq/Calibrate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

/// A bell of 20,000 values, and a few far out.
std::vector<float> bellWithOutliers(bool positive = false) {
  std::mt19937 engine(7);
  std::vector<float> values;
  for (int i = 0; i < 20000; ++i) {
    float sum = -6;
    for (int j = 0; j < 12; ++j)
      sum += float(engine() >> 8) / float(1 << 24);
    values.push_back(positive ? std::fabs(sum) : sum);
  }
  values.push_back(40);
  if (!positive)
    values.push_back(-25.3F);
  return values;
}

TensorProfile profileOf(llvm::ArrayRef<float> values) {
  TensorCollector collector({int64_t(values.size())}, -1);
  collector.add(Tensor::of<float>({int64_t(values.size())}, values));
  return std::move(collector).finish();
}

Calibration method(llvm::StringRef text) {
  return llvm::cantFail(Calibration::parse(text));
}

double meanSquare(llvm::ArrayRef<float> values, const QuantParams &params) {
  double sum = 0;
  for (float value : values) {
    const double left = value - params.dequantize(params.quantize(value));
    sum += left * left;
  }
  return sum / double(values.size());
}

TEST(CalibrateTest, ReadsItsMethods) {
  for (llvm::StringRef text : {"minmax", "percentile:99.99", "mse", "kl"})
    EXPECT_EQ(method(text).text(), text.str());
  EXPECT_EQ(method("percentile").text(), "percentile:99.99");
  EXPECT_EQ(method("percentile:100").text(), "percentile:100");
  for (llvm::StringRef text : {"percentile:", "percentile:50", "percentile:x",
                               "percentile:101", "entropy", "mse:1", ""}) {
    llvm::Expected<Calibration> parsed = Calibration::parse(text);
    EXPECT_FALSE(bool(parsed)) << text.str();
    llvm::consumeError(parsed.takeError());
  }
}

TEST(CalibrateTest, MinMaxIsTheRangeWithZero) {
  const Range range =
      calibrate(profileOf({2, 3, 5}), method("minmax"), Scheme::asymmetric);
  EXPECT_EQ(range.low, 0);
  EXPECT_EQ(range.high, 5);
}

TEST(CalibrateTest, PercentileCutsItsShareOffEitherSide) {
  std::vector<float> values = bellWithOutliers();
  const TensorProfile profile = profileOf(values);
  for (double share : {99.99, 99.0, 90.0}) {
    Calibration calibration = method("percentile");
    calibration.percentile = share;
    const Range range = calibrate(profile, calibration, Scheme::asymmetric);
    std::vector<float> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const auto cut = size_t(double(values.size()) * (100 - share) / 200);
    const double width = profile.histogram.binWidth();
    EXPECT_LE(range.low, sorted[cut]);
    EXPECT_GT(range.low + width, sorted[cut]);
    EXPECT_GT(range.high, sorted[values.size() - 1 - cut]);
    EXPECT_LE(range.high - width, sorted[values.size() - 1 - cut]);
  }
}

TEST(CalibrateTest, MseComesCloseToTheBestRangeOfAnExhaustiveSearch) {
  for (bool positive : {false, true})
    for (Scheme scheme : {Scheme::asymmetric, Scheme::symmetric}) {
      const std::vector<float> values = bellWithOutliers(positive);
      const TensorProfile profile = profileOf(values);
      const double got = meanSquare(
          values,
          chooseParams(calibrate(profile, method("mse"), scheme), scheme));
      double best = 1e30;
      for (int low = 0; low <= (positive ? 0 : 60); ++low)
        for (int high = 1; high <= 60; ++high)
          best = std::min(
              best, meanSquare(values, chooseParams({profile.min * low / 60,
                                                     profile.max * high / 60},
                                                    scheme)));
      EXPECT_LE(got, best * 1.05);
      EXPECT_LT(got, meanSquare(values, chooseParams({profile.min, profile.max},
                                                     scheme)));
    }
}

TEST(CalibrateTest, KlFindsTheLeastDivergenceOfAll) {
  const TensorProfile profile = profileOf(bellWithOutliers());
  const Magnitudes seen = magnitudesOf(profile.histogram);
  const std::vector<double> &magnitudes = seen.counts;
  const Range range = calibrate(profile, method("kl"), Scheme::symmetric);
  const auto bins =
      size_t(std::lround(std::max(range.high, -range.low) / seen.binWidth));
  const double got = clippedDivergence(magnitudes, bins, 128);
  for (size_t other = 128; other <= magnitudes.size(); ++other)
    EXPECT_GE(clippedDivergence(magnitudes, other, 128), got);
  // The outliers go; the bell stays.
  EXPECT_LT(range.high, 20);
  EXPECT_GT(range.high, 2.5);
}

TEST(CalibrateTest, MagnitudesAreOfBothSignsInBinsThatAreNotEmpty) {
  std::vector<float> values = bellWithOutliers();
  const Magnitudes seen = magnitudesOf(profileOf(values).histogram);
  EXPECT_LE(seen.counts.size() * 16, values.size());
  EXPECT_GE(seen.counts.size() * 32, values.size());
  std::vector<double> wanted(seen.counts.size(), 0);
  for (float value : values)
    wanted[size_t(std::fabs(value) / seen.binWidth)] += 1;
  for (size_t i = 1; i < wanted.size(); ++i)
    EXPECT_EQ(seen.counts[i], wanted[i]);
}

TEST(CalibrateTest, KlKeepsTheRangeOfWhatItHasSeenTooLittleOf) {
  std::vector<float> values = bellWithOutliers();
  values.resize(1000);
  values.push_back(30);
  const Range range =
      calibrate(profileOf(values), method("kl"), Scheme::symmetric);
  EXPECT_EQ(range.high, 30);
}

TEST(CalibrateTest, DivergenceIsZeroWhenEveryBinKeepsALevel) {
  const std::vector<double> counts = {5, 3, 0, 8};
  EXPECT_NEAR(clippedDivergence(counts, 4, 4), 0, 1e-12);
  // By hand: levels {4, 4, 4, 4} of 16 against {5, 3, 0, 8}: halves share.
  const std::vector<double> shared = {5, 3, 4, 4};
  const double wanted = (5 * std::log(5 / 4.) + 3 * std::log(3 / 4.)) / 16;
  EXPECT_NEAR(clippedDivergence(shared, 4, 2), wanted, 1e-12);
}

TEST(CalibrateTest, DivergenceCountsTheTailInTheLastBin) {
  const std::vector<double> counts = {5, 3, 4, 8};
  // Wanted {5, 3, 12} of 20; left {5, 3, 4} of 12.
  const double wanted = 8 / 20. * std::log(12 / 20.) +
                        12 / 20. * std::log((12 / 20.) / (4 / 12.));
  EXPECT_NEAR(clippedDivergence(counts, 3, 3), wanted, 1e-12);
}

TEST(CalibrateTest, NothingEverLeavesTheRangeThatWasSeen) {
  for (llvm::StringRef text : {"minmax", "percentile", "mse", "kl"})
    for (Scheme scheme :
         {Scheme::asymmetric, Scheme::symmetricUint8, Scheme::powerOfTwo})
      for (const std::vector<float> &values :
           {std::vector<float>{0, 0}, {3}, {-2, -2}, {1e-40F, 0}, {-1, 1}}) {
        const Range range = calibrate(profileOf(values), method(text), scheme);
        EXPECT_LE(range.low, 0);
        EXPECT_GE(range.high, 0);
        EXPECT_GE(range.low, std::min(0.F, *std::min_element(values.begin(),
                                                             values.end())));
        EXPECT_LE(range.high, std::max(0.F, *std::max_element(values.begin(),
                                                              values.end())));
      }
}

} // namespace
