// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The systolic array: random commands, equal in every sum and every cycle.

#include "simulator/cosim/Units.h"
#include "tests/rtl/ArrayBench.h"

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

class Array : public ::testing::TestWithParam<int> {};
TEST_P(Array, EqualsModelAndContract) {
  const Config config = arrayConfig(GetParam());
  const auto unit = cosim::makeArray(config);
  ASSERT_TRUE(unit) << unit.message();
  runRandomMatmuls(**unit, config, 10'000);
}
INSTANTIATE_TEST_SUITE_P(Rows, Array, ::testing::ValuesIn(cosim::builtRows),
                         ::testing::PrintToStringParamName());

} // namespace
