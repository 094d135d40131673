// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Timelines: costs of paths and rules, and what overlaps.

#include "core/image/instr/Timeline.h"

#include "tests/unit/instr/Testing.h"

using namespace glowplug;
using namespace glowplug::test;

namespace {

/// toyMachine() with 10 + bytes / 16 cycles for a load, bytes / 8 for a store,
/// and for a map the larger of 5 + ceil(size / 32) and 7.
machine::MachineT timedMachine() {
  machine::MachineT machine = toyMachine();
  machine.engines[load]->paths[0]->latency_cycles = 10;
  machine.engines[load]->paths[0]->bytes_per_cycle = 16;
  machine.engines[store]->paths[0]->bytes_per_cycle = 8;
  auto term = [](uint64_t cycles) {
    auto term = std::make_unique<machine::TermT>();
    term->cycles = cycles;
    return term;
  };
  auto sum = std::make_unique<machine::CostT>();
  sum->terms.push_back(term(5));
  sum->terms.push_back(term(1));
  sum->terms[1]->factors.push_back(std::make_unique<machine::FactorT>());
  sum->terms[1]->factors[0]->unit = 32;
  auto least = std::make_unique<machine::CostT>();
  least->terms.push_back(term(7));
  auto &costs = machine.engines[vector]->rules[0]->costs;
  costs.push_back(std::move(sum));
  costs.push_back(std::move(least));
  return machine;
}

TEST(TimelineTest, ShowsWhatOverlaps) {
  const std::vector<uint8_t> machine = bytesOf(timedMachine());
  InstrBuilder b("negate", machine);
  const TensorType half(DType::i8, {96});
  const uint32_t x = b.buffer("x", dram, 0, 192),
                 y = b.buffer("y", dram, 192, 192);
  const uint32_t t = b.buffer("t", spad, 0, 192);
  b.input(x, {DType::i8, {192}});
  b.output(y, {DType::i8, {192}});
  BodyBuilder &body = b.addKernel();
  body.output(
      body.map(image::ScalarOp::neg, {body.input("", DType::i8, {96})}));
  for (int64_t at : {0, 96}) {
    const uint32_t in = b.copy(load, b.view(x, half, at), b.view(t, half, at));
    const uint32_t done = b.compute(vector, 0, {b.view(t, half, at)},
                                    {b.view(t, half, at)}, {in});
    b.copy(store, b.view(t, half, at), b.view(y, half, at), {done});
  }
  const std::vector<uint8_t> bytes = b.finish();
  ASSERT_EQ(instrError(bytes, machine), "");

  const instr::Program &program = *instr::GetProgram(bytes.data());
  const machine::Machine &description = *machine::GetMachine(machine.data());
  auto timeline = llvm::cantFail(instr::timelineOf(program, description));
  EXPECT_EQ(instr::timelineText(program, description, timeline),
            "       0 ..       16  instruction 0 on 'load' (Copy)\n"
            "      16 ..       24  instruction 1 on 'vector' (Compute)\n"
            "      16 ..       32  instruction 3 on 'load' (Copy)\n"
            "      24 ..       36  instruction 2 on 'store' (Copy)\n"
            "      32 ..       40  instruction 4 on 'vector' (Compute)\n"
            "      40 ..       52  instruction 5 on 'store' (Copy)\n"
            "load: busy 32 of 52 cycles\n"
            "matrix: busy 0 of 52 cycles\n"
            "vector: busy 16 of 52 cycles\n"
            "store: busy 24 of 52 cycles\n");
}

TEST(TimelineTest, RefusesCostsThatOverflow) {
  machine::MachineT machine = timedMachine();
  machine.engines[load]->paths[0]->latency_cycles = UINT64_MAX;
  const std::vector<uint8_t> description = bytesOf(machine);
  InstrBuilder b("copy", description);
  const TensorType type(DType::i8, {64});
  const uint32_t x = b.buffer("x", dram, 0, 64), t = b.buffer("t", spad, 0, 64);
  b.input(x, type);
  b.copy(load, b.view(x, type), b.view(t, type));
  const std::vector<uint8_t> bytes = b.finish();
  ASSERT_EQ(instrError(bytes, description), "");
  auto timeline = instr::timelineOf(*instr::GetProgram(bytes.data()),
                                    *machine::GetMachine(description.data()));
  ASSERT_FALSE(bool(timeline));
  EXPECT_EQ(llvm::toString(timeline.takeError()),
            "instruction 0 on 'load': ends after 4611686018427387904 cycles");
}

} // namespace
