// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the writers of the SDK write is what the FlatBuffers library and the
// core's verifiers read.

#include "core/reference/instr/Interpreter.h"
#include "core/support/Sha256.h"
#include "tests/unit/instr/Testing.h"
#include "tests/unit/instr/written.h"

#include <glowplug/glue/instr.h>

using namespace glowplug;
using namespace glowplug::test;

namespace {

class GlueWriterTest : public testing::Test {
protected:
  ~GlueWriterTest() override {
    gp_writer_free(&machineWriter);
    gp_writer_free(&writer);
  }
  static llvm::ArrayRef<uint8_t> bytesOf(gp_bytes bytes) {
    return {static_cast<const uint8_t *>(bytes.data), bytes.size};
  }
  gp_writer machineWriter{}, writer{};
};

TEST_F(GlueWriterTest, WritesWhatVerifiesAndRuns) {
  const gp_bytes machine = write_machine(&machineWriter);
  ASSERT_EQ(llvm::toString(verifyMachine(bytesOf(machine))), "");
  const gp_bytes program = write_program(&writer, machine, 64);
  ASSERT_EQ(instrError(bytesOf(program), bytesOf(machine)), "");
  const Tensor x = randomTensor({DType::i8, {64}}, 5);
  const auto outputs = llvm::cantFail(
      interpretInstr(*instr::GetProgram(program.data), {x}, {}, {}));
  for (int i = 0; i < 64; ++i)
    EXPECT_EQ(outputs[0].elements<int8_t>()[i],
              static_cast<int8_t>(-x.elements<int8_t>()[i]));
}

TEST_F(GlueWriterTest, LibraryReadsEveryField) {
  machine::MachineT made;
  machine::GetMachine(write_machine(&machineWriter).data)->UnPackTo(&made);
  EXPECT_EQ(made.container_version, machineContainerVersion);
  EXPECT_EQ(made.name, "one engine");
  ASSERT_EQ(made.spaces.size(), 2u);
  EXPECT_EQ(made.spaces[1]->name, "spad");
  EXPECT_EQ(made.spaces[1]->bytes, 4096u);
  EXPECT_EQ(made.spaces[1]->alignment, 16u);
  EXPECT_EQ(made.spaces[1]->banks, 1u); // the default
  EXPECT_TRUE(made.spaces[1]->bindings);
  const machine::EngineT &engine = *made.engines[0];
  EXPECT_EQ(engine.paths[1]->source, 1u);
  EXPECT_EQ(engine.paths[1]->max_dims, 4u);
  const machine::RuleT &rule = *engine.rules[0];
  EXPECT_EQ(rule.results[0]->dtypes,
            std::vector<uint8_t>{static_cast<uint8_t>(DType::i8)});
  EXPECT_EQ(rule.results[0]->innermost, -1);
  EXPECT_FALSE(rule.rest);
}

TEST_F(GlueWriterTest, EqualCallsGiveEqualBytes) {
  const gp_bytes machine = write_machine(&machineWriter);
  gp_writer other{};
  const gp_bytes first = write_program(&writer, machine, 4096);
  const gp_bytes second = write_program(&other, machine, 4096);
  EXPECT_EQ(bytesOf(first), bytesOf(second));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first.data) % 8, 0u);
  gp_writer_free(&other);
}

TEST_F(GlueWriterTest, AbsentElementsGiveNoBytes) {
  const gp_ref absent[] = {0};
  gp_instr_program_fields program = gp_instr_program_defaults();
  program.buffers = absent;
  program.buffers_count = 1;
  const gp_bytes bytes =
      gp_instr_finish(&writer, gp_instr_write_program(&writer, &program));
  EXPECT_EQ(bytes.data, nullptr);
  EXPECT_EQ(bytes.size, 0u);
}

TEST_F(GlueWriterTest, ProgramsFromValuesVerify) {
  const std::vector<uint8_t> machine = test::bytesOf(toyMachine());
  glue::InstrWriter program;
  const uint32_t x = program.addBuffer({"x", dram, 0, 64});
  const uint32_t y = program.addBuffer({"y", dram, 64, 64});
  const uint32_t t = program.addBuffer({"tile", spad, 0, 64});
  const auto whole = [](uint32_t buffer) {
    return glue::Tile{{buffer, 0}, gp_image_dtype_u8, {{64, 1}}};
  };
  // 8 rows of 8, in blocks of 4.
  const glue::Tile blocked{
      {t, 0}, gp_image_dtype_u8, {{8, 32, 4, 8}, {8, 1, 1, 0}}};
  program.addInput({x, gp_image_dtype_u8, {64}});
  program.addOutput({y, gp_image_dtype_u8, {64}});
  program.addLayer("copy", 0, 128);
  program.fill({load, {}, 0}, blocked, {7});
  program.copy({load, {}, 0}, whole(x), whole(t));
  program.copy({store, {1}, 0}, whole(t), whole(y));
  program.wait({load, {2}});
  const std::vector<uint8_t> bytes = program.finish("copy", machine, {}, {});
  ASSERT_EQ(instrError(bytes, machine), "");

  const gp_instr_program read = gp_instr_root(bytes.data());
  const gp_instr_instruction fill = gp_instr_program_instructions_at(read, 0);
  const glue::Tile tile =
      glue::readTile(gp_instr_fill_target(gp_instr_instruction_as_fill(fill)));
  ASSERT_EQ(tile.dims.size(), 2u);
  EXPECT_EQ(tile.dims[0].block, 4);
  EXPECT_EQ(tile.dims[0].inner, 8);
  const gp_instr_instruction in = gp_instr_program_instructions_at(read, 1);
  EXPECT_STREQ(gp_instr_instruction_name(in), "tile");
  EXPECT_EQ(
      gp_instr_instruction_layer(gp_instr_program_instructions_at(read, 3)),
      UINT32_MAX);
}

TEST_F(GlueWriterTest, HashesAsTheCoreDoes) {
  for (size_t size : {0, 1, 55, 56, 63, 64, 65, 119, 120, 1000}) {
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i < size; ++i)
      bytes.push_back(static_cast<uint8_t>(i * 7));
    Sha256 hash;
    gp_sha256(bytes.data(), size, hash.data());
    EXPECT_EQ(hash, sha256(bytes)) << size;
  }
}

} // namespace
