// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "core/conformance/cases/ops/WindowDims.h"

#include <gtest/gtest.h>

#include <set>

using namespace glowplug::conformance;

namespace {

const std::vector<Factor> factors = {
    {"spatial", {}},  {"size", {}}, {"kernel", {}}, {"stride", {}},
    {"dilation", {}}, {"low", {}},  {"high", {}},   {"skewed", {}}};

Choice choice(int64_t spatial, const WindowDim &first, bool isSkewed) {
  return {factors,
          {spatial, first.size, first.window, first.stride, first.dilation,
           first.low, first.high, isSkewed ? 1 : 0}};
}

/// Every lawful dim with small numbers.
std::vector<WindowDim> smallDims() {
  std::vector<WindowDim> dims;
  for (int64_t size = 1; size <= 4; ++size)
    for (int64_t window = 1; window <= 3; ++window)
      for (int64_t stride = 1; stride <= 3; ++stride)
        for (int64_t dilation = 1; dilation <= 3; ++dilation)
          for (int64_t low = 0; low <= 4; ++low)
            for (int64_t high = 0; high <= 4; ++high) {
              const WindowDim dim = {size, window, stride, dilation, low, high};
              if (dim.hasWindow())
                dims.push_back(dim);
            }
  return dims;
}

TEST(WindowDimsTest, TapsOfADilatedWindowMayAllLieInPadding) {
  // Taps at -1 and 1 around the only element, 0.
  const WindowDim around = {1, 2, 1, 2, 1, 1};
  EXPECT_FALSE(around.allMeetElements());
  EXPECT_EQ(placementOf({around}), "misses");
  const WindowDim onIt = {1, 3, 1, 1, 1, 1};
  EXPECT_EQ(placementOf({onIt}), "meets");
  EXPECT_EQ(placementOf({onIt, around}), "misses");
}

/// On a padded line of zeros with ones for elements, each window meets an
/// element if and only if the sum of its taps is positive.
TEST(WindowDimsTest, AgreeWithALineOfElements) {
  size_t missing = 0;
  for (const WindowDim &dim : smallDims()) {
    std::vector<int> line(dim.low, 0);
    line.insert(line.end(), dim.size, 1);
    line.insert(line.end(), dim.high, 0);
    int64_t windows = 0;
    bool meets = true;
    for (size_t begin = 0; begin + dim.reach() <= line.size();
         begin += dim.stride, ++windows) {
      int sum = 0;
      for (int64_t tap = 0; tap < dim.window; ++tap)
        sum += line[begin + tap * dim.dilation];
      meets &= sum > 0;
    }
    EXPECT_EQ(dim.outputSize(), windows);
    EXPECT_EQ(dim.allMeetElements(), meets)
        << nameOf({dim}, "k") << " of " << dim.size;
    missing += !meets;
  }
  EXPECT_GT(missing, 100u);
}

TEST(WindowDimsTest, SkewedDimsDifferInEverything) {
  const WindowDims dims = windowDimsOf(choice(3, {9, 3, 1, 2, 0, 1}, true));
  ASSERT_EQ(dims.size(), 3u);
  for (auto member : {&WindowDim::size, &WindowDim::window, &WindowDim::stride})
    EXPECT_EQ(
        std::set<int64_t>({dims[0].*member, dims[1].*member, dims[2].*member})
            .size(),
        3u);
  EXPECT_NE(dims[0].dilation, dims[1].dilation);
  EXPECT_NE(nameOf(dims, "k").find("skewed"), std::string::npos);
  EXPECT_EQ(featureOf(dims, &WindowDim::stride), "1x2x3");
}

TEST(WindowDimsTest, OtherDimsSwapTheirPadding) {
  const WindowDims dims = windowDimsOf(choice(2, {9, 3, 2, 1, 0, 1}, false));
  EXPECT_EQ(dims[1].low, 1);
  EXPECT_EQ(dims[1].high, 0);
  EXPECT_EQ(featureOf(dims, &WindowDim::size), "9");
  EXPECT_EQ(nameOf(dims, "k"), "9.k3.st2.d1.p0-1");
}

TEST(WindowDimsTest, OneDimCannotBeSkewed) {
  const WindowDim dim = {9, 3, 1, 1, 0, 0};
  EXPECT_FALSE(isLawfulSkew(choice(1, dim, true)));
  EXPECT_TRUE(isLawfulSkew(choice(1, dim, false)));
  EXPECT_TRUE(isLawfulSkew(choice(2, dim, true)));
}

} // namespace
