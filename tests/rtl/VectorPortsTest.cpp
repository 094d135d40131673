// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vector unit accesses memories as often as the counts for energy say.

#include "tests/rtl/PortsBench.h"

#include "simulator/cosim/vector_sizes.inc"

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

template <typename Unit, int R>
class VectorPorts : public PortsUnit<Unit, R> {
  void give(const Encoded &code) override {
    PortsUnit<Unit, R>::give(code);
    this->unit->cmd_opcode_i = static_cast<std::uint8_t>(getBits(code, 0, 8));
    isDepthwise =
        getBits(code, 0, 8) == static_cast<std::uint64_t>(Opcode::Depthwise);
  }

  void sample() override {
    auto &unit = *this->unit;
    auto &ports = portCounts;
    // The depthwise engine has the port of A.
    ports[isDepthwise ? Action::ScratchpadDepthwiseRead
                      : Action::ScratchpadVectorARead] += unit.a_read_o;
    ports[Action::ScratchpadVectorBRead] += unit.b_read_o;
    ports[Action::ScratchpadVectorPRead] += unit.p_read_o;
    ports[Action::ScratchpadVectorWrite] += unit.write_o;
    ports[Action::AccumulatorVectorRead] += unit.acc_read_o;
    ports[Action::AccumulatorVectorWrite] += unit.acc_write_o;
  }

  bool isDepthwise = false;
};

class Ports : public ::testing::TestWithParam<int> {};

TEST_P(Ports, OfTheVectorUnitAreCounted) {
  Config config;
  config.arrayRows = GetParam();
  const auto commands = randomTaken(config, Queue::Vector, cosim::makeVector);
  const auto unit = cosim::makeBuilt<VectorPorts>("vector", config, Built());
  ASSERT_TRUE(unit) << unit.message();
  comparePorts(commands, config, **unit,
               std::array{
                   Action::ScratchpadVectorARead,
                   Action::ScratchpadVectorBRead,
                   Action::ScratchpadVectorPRead,
                   Action::ScratchpadDepthwiseRead,
                   Action::ScratchpadVectorWrite,
                   Action::AccumulatorVectorRead,
                   Action::AccumulatorVectorWrite,
               });
}

INSTANTIATE_TEST_SUITE_P(Rows, Ports, ::testing::ValuesIn(cosim::builtRows),
                         ::testing::PrintToStringParamName());

} // namespace
