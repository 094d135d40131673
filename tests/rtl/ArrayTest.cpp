// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The systolic array: random commands, equal in every sum and every cycle.

#include "Varray16.h"
#include "Varray8.h"

#include "tests/rtl/UnitBench.h"
#include "tests/unit/npu-support/RandomProgram.h"

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

template <typename Unit, int R>
class ArrayBench : public UnitBench<Unit, ArrayTiming> {
public:
  using UnitBench<Unit, ArrayTiming>::UnitBench;

private:
  Span contract(const Command &command) override {
    return this->timing.issue(std::get<Matmul>(command), this->cycle);
  }

  void drive() override {
    input.drive(this->unit->x_data_i);
    weights.drive(this->unit->w_data_i);
    sums.drive(this->unit->acc_data_i);
  }

  void sample() override {
    auto &unit = *this->unit;
    auto &m = this->hardware;
    const auto bytes = static_cast<std::int64_t>(m.scratchpad.size());
    const auto words = static_cast<std::int64_t>(m.accumulator.size());
    if (unit.x_read_o)
      input.read(&m.scratchpad[this->inside(unit.x_addr_o, R, bytes)]);
    else
      input.idle(this->random);
    if (unit.w_read_o)
      weights.read(&m.scratchpad[this->inside(unit.w_addr_o, R, bytes)]);
    else
      weights.idle(this->random);
    if (unit.acc_read_o)
      sums.read(
          &m.accumulator[this->inside(unit.acc_read_addr_o * R, R, words)]);
    else
      sums.idle(this->random);
    if (unit.acc_write_o)
      std::memcpy(
          &m.accumulator[this->inside(unit.acc_write_addr_o * R, R, words)],
          &unit.acc_data_o, 4 * R);
  }

  ReadPort<R> input, weights;
  ReadPort<4 * R> sums;
};

/// A random command whose factors have 9 bits.
Command randomMatmul(std::mt19937_64 &random, const Config &config) {
  while (true) {
    Command command = randomCommand(random, config, Queue::Matrix);
    auto *matmul = std::get_if<Matmul>(&command);
    if (!matmul)
      continue;
    const auto ofType = [](int zeroPoint, int isUnsigned) {
      return isUnsigned != 0
                 ? zeroPoint & 0xff
                 : valueOf(static_cast<std::uint8_t>(zeroPoint), false);
    };
    matmul->inputZp = ofType(matmul->inputZp, matmul->inputUnsigned);
    matmul->weightZp = ofType(matmul->weightZp, matmul->weightUnsigned);
    return command;
  }
}

/// Lets \p command add to the rows that \p before writes last, if they fit:
/// sums that are still on their way.
void continueTile(std::mt19937_64 &random, const Config &config,
                  const Command &before, Command &command) {
  const auto &from = std::get<Matmul>(before);
  Matmul to = std::get<Matmul>(command);
  to.accumulate = 1;
  to.accAddr =
      from.accAddr + from.outH * from.outW - 1 - static_cast<int>(random() % 4);
  if (to.accAddr >= 0 && !checkCommand(encodeCommand(to), config, Extents{}))
    command = to;
}

template <typename Unit, int R>
void runRandom(int commands) {
  Config config;
  config.arrayRows = R;
  config.scratchpadBankBytes = 4096;
  config.accumulatorBankRows = 64;
  ArrayBench<Unit, R> bench(config, 7 * R);
  std::mt19937_64 random(R);
  constexpr int batch = 250;
  for (int begin = 0; begin < commands; begin += batch) {
    std::vector<Command> some;
    for (int n = 0; n < batch; ++n) {
      some.push_back(randomMatmul(random, config));
      if (n > 0 && random() % 4 == 0)
        continueTile(random, config, some[n - 1], some[n]);
    }
    bench.fillMemories([](Memories &) {});
    ASSERT_TRUE(bench.run(some)) << "batch of commands from " << begin;
  }
  ::testing::Test::RecordProperty("cycles", std::to_string(bench.cycle));
}

TEST(Array, EqualsModelAndContractAt8) { runRandom<Varray8, 8>(10'000); }
TEST(Array, EqualsModelAndContractAt16) { runRandom<Varray16, 16>(10'000); }

} // namespace
