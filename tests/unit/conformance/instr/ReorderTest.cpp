// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Other orders of a program are valid, differ, and do the same.

#include "core/conformance/instr/Reorder.h"

#include "core/reference/instr/Interpreter.h"
#include "tests/unit/instr/Testing.h"

#include <set>

using namespace glowplug;
using namespace glowplug::conformance;
using namespace glowplug::test;

namespace {

constexpr uint32_t rows = 6;

/// Copies each row of 64 bytes by itself through one of two buffers.
std::vector<uint8_t> rowByRow() {
  InstrBuilder b("rows", bytesOf(toyMachine()));
  const TensorType row(DType::i8, {64});
  const uint32_t x = b.buffer("x", dram, 0, 64 * rows);
  const uint32_t y = b.buffer("y", dram, 64 * rows, 64 * rows);
  b.input(x, {DType::i8, {rows, 64}});
  b.output(y, {DType::i8, {rows, 64}});
  uint32_t tiles[2], stores[2] = {};
  for (uint32_t i = 0; i < 2; ++i)
    tiles[i] = b.buffer("tile", spad, 64 * i, 64);
  for (uint32_t i = 0; i < rows; ++i) {
    const uint32_t tile = tiles[i % 2];
    llvm::SmallVector<uint32_t, 1> free;
    if (i >= 2)
      free.push_back(stores[i % 2]);
    const uint32_t in =
        b.copy(load, b.view(x, row, 64 * i), b.view(tile, row), free);
    stores[i % 2] =
        b.copy(store, b.view(tile, row), b.view(y, row, 64 * i), {in});
  }
  return b.finish();
}

TEST(ReorderTest, KeepsWhatAProgramDoes) {
  const std::vector<uint8_t> bytes = rowByRow();
  const std::vector<uint8_t> machine = bytesOf(toyMachine());
  ASSERT_EQ(instrError(bytes, machine), "");
  const Tensor x = randomTensor({DType::i8, {rows, 64}}, 1);
  std::set<std::vector<uint8_t>> orders;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    const std::vector<uint8_t> other =
        reordered(*instr::GetProgram(bytes.data()), random);
    ASSERT_EQ(instrError(other, machine), "");
    auto outputs = interpretInstr(*instr::GetProgram(other.data()), {x});
    ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
    EXPECT_EQ((*outputs)[0].bytes(), x.bytes());
    orders.insert(other);
  }
  EXPECT_GT(orders.size(), 5u);
}

TEST(ReorderTest, ResolvesWaitsForLaterInstructions) {
  CopyProgram program;
  program.copyOut({1});
  program.copyIn();
  const std::vector<uint8_t> bytes = program.b.finish();
  const std::vector<uint8_t> machine = bytesOf(toyMachine());
  ASSERT_EQ(instrError(bytes, machine), "");
  Random random(1);
  const std::vector<uint8_t> other =
      reordered(*instr::GetProgram(bytes.data()), random);
  EXPECT_EQ(instrError(other, machine), "");
  const instr::Program &content = *instr::GetProgram(other.data());
  EXPECT_EQ(content.instructions()->Get(0)->engine(), load);
  EXPECT_EQ(content.instructions()->Get(1)->waits()->Get(0), 0u);
}

TEST(ReorderTest, IsTheSameForEqualSeeds) {
  const std::vector<uint8_t> bytes = rowByRow();
  Random first(7), second(7);
  EXPECT_EQ(reordered(*instr::GetProgram(bytes.data()), first),
            reordered(*instr::GetProgram(bytes.data()), second));
}

} // namespace
