// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The array accesses memories as often as the counts for energy say.

#include "tests/rtl/PortsBench.h"

#include "simulator/cosim/array_sizes.inc"

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

template <typename Unit, int R>
class ArrayPorts : public PortsUnit<Unit, R> {
  void sample() override {
    auto &unit = *this->unit;
    auto &ports = portCounts;
    ports[Action::ScratchpadArrayXRead] += unit.x_read_o;
    ports[Action::ScratchpadArrayWRead] += unit.w_read_o;
    ports[Action::AccumulatorArrayRead] += unit.acc_read_o;
    ports[Action::AccumulatorArrayWrite] += unit.acc_write_o;
  }
};

class Ports : public ::testing::TestWithParam<int> {};

TEST_P(Ports, OfTheArrayAreCounted) {
  Config config;
  config.arrayRows = GetParam();
  const auto commands = randomTaken(config, Queue::Matrix, cosim::makeArray);
  const auto unit = cosim::makeBuilt<ArrayPorts>("array", config, Built());
  ASSERT_TRUE(unit) << unit.message();
  comparePorts(commands, config, **unit,
               std::array{
                   Action::ScratchpadArrayXRead,
                   Action::ScratchpadArrayWRead,
                   Action::AccumulatorArrayRead,
                   Action::AccumulatorArrayWrite,
               });
}

INSTANTIATE_TEST_SUITE_P(Rows, Ports, ::testing::ValuesIn(cosim::builtRows),
                         ::testing::PrintToStringParamName());

} // namespace
