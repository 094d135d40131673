// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calibration against exhaustive search and counting by hand.

#include "core/quantize/ptq/Calibrate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

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

TEST(CalibrateTest, KlFindsTheLeastDivergenceOfAllWithinItsErrorLimit) {
  const TensorProfile profile = profileOf(bellWithOutliers());
  const Magnitudes seen = magnitudesOf(profile.histogram);
  const std::vector<double> &magnitudes = seen.counts;
  const Range range = calibrate(profile, method("kl"), Scheme::symmetric);
  const auto bins =
      size_t(std::lround(std::max(range.high, -range.low) / seen.binWidth));
  const double got = clippedDivergence(magnitudes, bins, 128);
  const double limit =
      klErrorLimit *
      squaredError(profile.histogram,
                   chooseParams({profile.min, profile.max}, Scheme::symmetric));
  unsigned within = 0;
  for (size_t other = 128; other <= magnitudes.size(); ++other) {
    const double end = double(other) * seen.binWidth;
    const QuantParams params =
        chooseParams({std::max(profile.min, -end), std::min(profile.max, end)},
                     Scheme::symmetric);
    if (squaredError(profile.histogram, params) > limit)
      continue;
    ++within;
    EXPECT_GE(clippedDivergence(magnitudes, other, 128), got);
  }
  EXPECT_GT(within, 100U);
  // Much of what holds two values only goes; the bell stays.
  EXPECT_LT(range.high, 30);
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

//===----------------------------------------------------------------------===//
// Skewed and sparse tensors
//===----------------------------------------------------------------------===//

/// A number in [0, 1) of the bits of \p engine: the same everywhere.
double uniform(std::mt19937 &engine) {
  return double(engine() >> 8) / double(1 << 24);
}

std::vector<float> fill(size_t count, double low, double high,
                        std::mt19937 &engine) {
  std::vector<float> values;
  for (size_t i = 0; i < count; ++i)
    values.push_back(float(low + (high - low) * uniform(engine)));
  return values;
}

std::vector<float> join(std::initializer_list<std::vector<float>> parts) {
  std::vector<float> values;
  for (const std::vector<float> &part : parts)
    values.insert(values.end(), part.begin(), part.end());
  return values;
}

struct Skewed {
  std::string name;
  std::vector<float> values;
};

std::vector<Skewed> skewedTensors() {
  std::mt19937 engine(3);
  const std::vector<float> zeros(100000, 0.0F);
  std::vector<float> decaying, narrow = fill(100000, -0.01, 0.01, engine);
  for (int i = 0; i < 60000; ++i)
    decaying.push_back(float(-std::log(1 - uniform(engine))));
  narrow.push_back(1);
  return {
      {"nearly all zero", join({zeros, fill(100, 0, 8, engine)})},
      {"nearly all zero, a few large",
       join({zeros, fill(2000, 0, 0.5, engine), fill(40, 7, 8, engine)})},
      {"nearly all close to zero, a few large",
       join({fill(100000, 0, 0.01, engine), fill(100, 7, 8, engine)})},
      {"small, and 1 % large",
       join({fill(99000, 0.5, 1.5, engine), fill(1000, 99, 101, engine)})},
      {"far apart on both sides",
       join({fill(90000, -2, -1, engine), fill(900, 60, 61, engine)})},
      {"one side decays", decaying},
      {"below zero, a few above",
       join({fill(90000, -9, -7, engine), fill(300, 40, 50, engine)})},
      {"one far out", narrow},
      {"constant", std::vector<float>(5000, 3.7F)},
      {"constant or zero", join({zeros, std::vector<float>(50, 3.7F)})},
      {"all zero", zeros},
  };
}

/// Values of many kinds of skew.
std::vector<float> randomSkewed(unsigned seed) {
  std::mt19937 engine(seed);
  const double zeroShares[] = {0, 0, 0.5, 0.99, 0.999};
  const double zeroShare = zeroShares[engine() % 5];
  const double steepness = 4 * uniform(engine); // 0: uniform
  const double farShare =
      engine() % 2 ? std::pow(10, -2 - 3 * uniform(engine)) : 0;
  const double far = std::pow(10, 3 * uniform(engine));
  const bool twoSided = engine() % 2 != 0;
  std::vector<float> values;
  for (int i = 0; i < 30000; ++i) {
    double value = 0;
    if (uniform(engine) >= zeroShare)
      value = std::exp(-steepness * uniform(engine) * 3);
    if (value != 0 && uniform(engine) < farShare)
      value = far * (1 + 0.1 * uniform(engine));
    values.push_back(float(twoSided && engine() % 2 ? -value : value));
  }
  values.push_back(1);
  return values;
}

constexpr Scheme everyScheme[] = {Scheme::asymmetric, Scheme::symmetric,
                                  Scheme::symmetricUint8, Scheme::powerOfTwo};

/// The square error under kl is within a bit of that under minmax. A histogram
/// knows values within a bin: that far the two may differ.
void expectWithinABit(llvm::ArrayRef<float> values, Scheme scheme,
                      const std::string &what) {
  const TensorProfile profile = profileOf(values);
  const QuantParams full =
      chooseParams(calibrate(profile, method("minmax"), scheme), scheme);
  const QuantParams chosen =
      chooseParams(calibrate(profile, method("kl"), scheme), scheme);
  // No layer dies.
  std::set<int32_t> usedFull, usedChosen;
  for (float value : values) {
    usedFull.insert(full.quantize(value));
    usedChosen.insert(chosen.quantize(value));
  }
  EXPECT_GE(usedChosen.size(), std::min<size_t>(usedFull.size(), 4))
      << what << ", " << schemeName(scheme).str();
  const double share =
      1 - double(std::count(values.begin(), values.end(), 0.0F)) /
              double(values.size());
  const double width = profile.histogram.binWidth();
  EXPECT_LE(meanSquare(values, chosen),
            klErrorLimit * meanSquare(values, full) + share * width * width)
      << what << ", " << schemeName(scheme).str();
}

TEST(CalibrateTest, KlMakesNoSkewedTensorMoreThanABitWorse) {
  for (const Skewed &tensor : skewedTensors())
    for (Scheme scheme : everyScheme)
      expectWithinABit(tensor.values, scheme, tensor.name);
}

TEST(CalibrateTest, KlMakesNoRandomTensorMoreThanABitWorse) {
  for (unsigned seed = 0; seed < 60; ++seed)
    expectWithinABit(randomSkewed(seed), everyScheme[seed % 4],
                     "seed " + std::to_string(seed));
}

TEST(CalibrateTest, KlStillCutsOffWhatIsTooRareToCount) {
  std::mt19937 engine(9);
  std::vector<float> values = fill(400000, -1, 1, engine);
  values.push_back(12);
  const Range range =
      calibrate(profileOf(values), method("kl"), Scheme::symmetric);
  EXPECT_LT(range.high, 3);
  EXPECT_GE(range.high, 1);
}

TEST(CalibrateTest, ZerosAreNoEvidenceOfADistribution) {
  std::mt19937 engine(4);
  std::vector<float> values(100000, 0.0F);
  for (int i = 0; i < 2000; ++i)
    values.push_back(float(-std::log(1 - uniform(engine))));
  const TensorProfile profile = profileOf(values);
  EXPECT_LT(magnitudesOf(profile.histogram).counts.size(), 2000U / 16);
  EXPECT_EQ(calibrate(profile, method("kl"), Scheme::asymmetric).high,
            profile.max);
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
