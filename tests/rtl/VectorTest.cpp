// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vector unit: random commands, equal in every byte and every cycle.

#include "Vvector16.h"
#include "Vvector8.h"

#include "tests/rtl/UnitBench.h"
#include "tests/unit/npu-support/RandomProgram.h"

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

template <typename Unit, int R>
class VectorBench : public UnitBench<Unit, VectorTiming> {
public:
  using UnitBench<Unit, VectorTiming>::UnitBench;

private:
  static constexpr int line = R > 16 ? R : 16;

  Span contract(const Command &command) override {
    if (const auto *square = std::get_if<Transpose>(&command))
      return this->timing.issue(*square, this->cycle);
    return this->timing.issue(std::get<Vector>(command), this->cycle);
  }

  void give(const Command &command, const Encoded &code) override {
    UnitBench<Unit, VectorTiming>::give(command, code);
    this->unit->cmd_opcode_i = static_cast<std::uint8_t>(getBits(code, 0, 8));
  }

  void drive() override {
    a.drive(this->unit->a_data_i);
    b.drive(this->unit->b_data_i);
    parameters.drive(this->unit->p_data_i);
    sums.drive(this->unit->acc_data_i);
  }

  void sample() override {
    auto &unit = *this->unit;
    auto &m = this->hardware;
    const auto bytes = static_cast<std::int64_t>(m.scratchpad.size());
    const auto words = static_cast<std::int64_t>(m.accumulator.size());
    if (unit.a_read_o)
      a.read(&m.scratchpad[this->inside(unit.a_addr_o, R, bytes)]);
    else
      a.idle(this->random);
    if (unit.b_read_o)
      b.read(&m.scratchpad[this->inside(unit.b_addr_o, R, bytes)]);
    else
      b.idle(this->random);
    if (unit.p_read_o)
      parameters.read(&m.scratchpad[this->inside(unit.p_addr_o / line * line,
                                                 line, bytes)]);
    else
      parameters.idle(this->random);
    if (unit.acc_read_o)
      sums.read(
          &m.accumulator[this->inside(unit.acc_read_addr_o * R, R, words)]);
    else
      sums.idle(this->random);
    if (unit.write_o)
      std::memcpy(&m.scratchpad[this->inside(unit.write_addr_o, R, bytes)],
                  &unit.write_data_o, R);
    if (unit.acc_write_o)
      std::memcpy(
          &m.accumulator[this->inside(unit.acc_write_addr_o * R, R, words)],
          &unit.acc_data_o, 4 * R);
  }

  ReadPort<R> a, b;
  ReadPort<line> parameters;
  ReadPort<4 * R> sums;
};

/// A random command that this unit takes and that does not read its own
/// results.
Command randomVector(std::mt19937_64 &random, const Config &config) {
  while (true) {
    const Command command = randomCommand(random, config, Queue::Vector);
    const bool taken = std::holds_alternative<Vector>(command) ||
                       std::holds_alternative<Transpose>(command);
    if (taken && !overlaps(command, command, config))
      return command;
  }
}

/// Puts scales where the command expects them, most of them such that results
/// are neither all 0 nor all at a limit.
void placeScales(std::mt19937_64 &random, const Vector &c, Memories &m) {
  const int r = m.config.arrayRows;
  std::int64_t at = c.paramAddr + (c.bias != 0 ? biasRows * r : 0);
  const bool joins = c.op != VectorOp::Copy;
  const int scales = c.rescale + c.aRescale + (joins ? c.bRescale : 0);
  for (int i = 0; i < scales; ++i, at += scaleRows * r)
    for (int n = 0; n < r; ++n) {
      if (random() % 8 != 0)
        m.setWord(at + 4 * n, static_cast<std::int32_t>(
                                  random() >> 34 | std::uint64_t(1) << 30));
      m.scratchpad[at + 4 * r + n] = static_cast<std::uint8_t>(
          random() % 4 == 0 ? 2 + random() % 61 : 28 + random() % 30);
    }
}

template <typename Unit, int R>
void runRandom(int commands) {
  Config config;
  config.arrayRows = R;
  config.scratchpadBankBytes = 16384;
  VectorBench<Unit, R> bench(config, 3 * R);
  std::mt19937_64 random(R);
  constexpr int batch = 100;
  for (int begin = 0; begin < commands; begin += batch) {
    std::vector<Command> some;
    for (int n = 0; n < batch; ++n)
      some.push_back(randomVector(random, config));
    bench.fillMemories([&](Memories &memories) {
      for (const Command &command : some)
        if (const auto *vector = std::get_if<Vector>(&command))
          placeScales(random, *vector, memories);
    });
    ASSERT_TRUE(bench.run(some)) << "batch of commands from " << begin;
  }
  ::testing::Test::RecordProperty("cycles", std::to_string(bench.cycle));
}

TEST(Vector, EqualsModelAndContractAt8) { runRandom<Vvector8, 8>(10'000); }
TEST(Vector, EqualsModelAndContractAt16) { runRandom<Vvector16, 16>(10'000); }

} // namespace
