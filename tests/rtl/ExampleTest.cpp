// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A hardware team's own array: right with its own latency as data, and found
// wrong where the latency is another, or where it has a bug.

#include "simulator/example/AcmeArray.h"
#include "tests/rtl/ArrayBench.h"

#include <gtest/gtest-spi.h>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

/// As simulator/example/acme.json.
Config acmeConfig() {
  Config config = arrayConfig(8);
  config.arrayMeshCycles = 0;
  config.arrayPipeCycles = 5;
  return config;
}

TEST(Example, EqualsModelAndContract) {
  const auto unit = example::makeAcmeArray(acmeConfig());
  ASSERT_TRUE(unit) << unit.message();
  runRandomMatmuls(**unit, acmeConfig(), 10'000);
}

TEST(Example, AnotherLatencyIsNoticed) {
  Config config = acmeConfig();
  config.arrayPipeCycles = 6;
  const auto unit = example::makeAcmeArray(config);
  ASSERT_TRUE(unit);
  EXPECT_NONFATAL_FAILURE(runRandomMatmuls(**unit, config, 250), "ends at ");
}

TEST(Example, ABugIsFoundAtItsFirstByte) {
  const auto unit = example::makeAcmeArray(acmeConfig(), /*hasBug=*/true);
  ASSERT_TRUE(unit);
  ::testing::TestPartResultArray found;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &found);
    runRandomMatmuls(**unit, acmeConfig(), 250);
  }
  ASSERT_EQ(found.size(), 2);
  const std::string first = found.GetTestPartResult(0).message(),
                    second = found.GetTestPartResult(1).message();
  EXPECT_NE(first.find("of the accumulator, column "), std::string::npos);
  EXPECT_NE(second.find("matmul matrix"), std::string::npos) << second;
  EXPECT_NE(second.find("pad_"), std::string::npos) << second;
}

} // namespace
