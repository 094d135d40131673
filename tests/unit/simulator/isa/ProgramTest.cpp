// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Program files: what is written comes back, and every fault is named.

#include "simulator/isa/Assembly.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

using namespace glowplug::npu;

namespace {

constexpr std::string_view good = R"(.extent 0 4096
load load_a signal=3 run=64 count0=4 dram_step0=64 spad_step0=64
matmul matrix wait=3 signal=4 out_w=16 last_rows=16 step_w=16 weight_row_step=16
vector vector wait=4 signal=5 dst_addr=8192 count0=16 dst_step0=16 a_step0=1 out_max=1
store store wait=5 spad_addr=8192 run=256
)";

std::vector<std::byte> file() {
  return writeProgram(*assemble(good), Config{});
}

std::string read(const std::vector<std::byte> &bytes,
                 const Config &config = {}) {
  const auto program = readProgram(bytes, config);
  return program ? std::string("accepted") : program.message();
}

/// What the reader says of \p text.
std::string readText(std::string_view text) {
  const auto program = assemble(text);
  if (!program)
    return "assembler: " + program.message();
  return read(writeProgram(*program, Config{}));
}

TEST(Program, WhatIsWrittenComesBack) {
  const auto program = readProgram(file(), Config{});
  ASSERT_TRUE(program) << program.message();
  EXPECT_EQ(*program, *assemble(good));
}

TEST(Program, AnotherConfigurationIsRefused) {
  const std::string message = read(file(), Config{.arrayRows = 8});
  EXPECT_EQ(message.rfind("configuration: the program is for ", 0), 0u)
      << message;
}

TEST(Program, MemoryModelsAndQueuesDoNotBind) {
  EXPECT_EQ(read(file(), Config{.queueDepth = 1, .dramBanked = 1}), "accepted");
}

TEST(Program, EveryTruncationIsRefused) {
  const auto bytes = file();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(read({bytes.begin(), bytes.begin() + size}), "accepted") << size;
  EXPECT_EQ(read({bytes.begin(), bytes.begin() + 128 + 64 + 3}),
            "command 1: the program ends after 3 bytes of it; there should be "
            "4 commands");
}

TEST(Program, TrailingBytesAreRefused) {
  auto bytes = file();
  bytes.resize(bytes.size() + 64);
  EXPECT_EQ(read(bytes), "64 bytes follow the last of 4 commands");
}

TEST(Program, FaultsNameCommandAndField) {
  auto bytes = file();
  bytes[128] = std::byte(200);
  EXPECT_EQ(read(bytes), "command 0: opcode: 200 is unknown");
  bytes = file();
  bytes[128 + 1] = std::byte(0x10 | 0); // bit 12
  EXPECT_EQ(read(bytes), "command 0: reserved: bit 12 must be 0");

  EXPECT_EQ(readText("load store"), "command 0: queue: store does not take "
                                    "load");
  EXPECT_EQ(readText(".extent 0 100\nload load_a run=64 dram_offset=37"),
            "command 0: dram_offset: reaches 37..100, but the memory at base 0 "
            "has 0..99");
  EXPECT_EQ(readText(".extent 1 64\nload load_a dram_base=1 run=64 "
                     "spad_addr=262081"),
            "command 0: spad_addr: reaches 262081..262144, but the scratchpad "
            "has 0..262143");
  EXPECT_EQ(readText("sync store\nmatmul matrix acc_addr=1020 out_w=5"),
            "command 1: acc_addr: reaches 1020..1024, but the accumulator has "
            "0..1023");
  EXPECT_EQ(readText("matmul matrix src_addr=8"),
            "command 0: src_addr: must be a multiple of 16, but is 8");
  EXPECT_EQ(readText("matmul matrix last_rows=17"),
            "command 0: last_rows: must be at most 16, but is 17");
  EXPECT_EQ(readText("matmul matrix input_zp=128"),
            "command 0: input_zp: must have the type of its operand, "
            "-128..127, but is 128");
  EXPECT_EQ(readText("depthwise vector weight_unsigned=1 weight_zp=-1"),
            "command 0: weight_zp: must have the type of its operand, 0..255, "
            "but is -1");
  EXPECT_EQ(readText("vector vector out_min=3 out_max=2"),
            "command 0: out_min: must be at most out_max, but they are 3 and "
            "2");
  EXPECT_EQ(readText("vector vector dst_kind=words out_zp=1"),
            "command 0: out_zp: must be 0 unless results are bytes");
  EXPECT_EQ(readText("vector vector a_rescale=1"),
            "command 0: a_rescale: must be 0 unless A is bytes without bias");
  EXPECT_EQ(readText("vector vector a_kind=bytes bias=1 a_rescale=1"),
            "command 0: a_rescale: must be 0 unless A is bytes without bias");
  EXPECT_EQ(readText("vector vector op=mul b_rescale=1"),
            "command 0: b_rescale: must be 0 where op is mul");
  EXPECT_EQ(readText("depthwise vector in_w=300"),
            "command 0: in_w: must be at most depthwise.lineWidth, 256, but "
            "is 300");
  EXPECT_EQ(readText("depthwise vector kernel_h=5 out_w=1025 in_w=1"),
            "command 0: out_h: a window of 5 x 1 allows depthwise.sumRows, "
            "1024, outputs, but there are 1025");
}

TEST(Program, AlignmentHoldsWhereAFieldIsUsed) {
  const auto expect = [](std::string_view text, std::string_view field,
                         int unit) {
    EXPECT_EQ(readText(text),
              fmt::format("command 0: {}: must be a multiple of {}, but is 8",
                          field, unit));
  };
  expect("transpose vector dst_row_step=8", "dst_row_step", 16);
  expect("vector vector param_addr=8", "param_addr", 16);
  expect("vector vector a_kind=bytes a_step1=8", "a_step1", 16);
  EXPECT_EQ(readText("vector vector a_step1=8"), "accepted");
  expect("vector vector dst_addr=8", "dst_addr", 16);
  EXPECT_EQ(readText("vector vector dst_kind=accumulator dst_addr=8"),
            "accepted");
  expect("vector vector op=add b_addr=8", "b_addr", 16);
  EXPECT_EQ(readText("vector vector b_addr=8"), "accepted");
  expect("vector vector lookup=1 table_addr=8", "table_addr", 16);
  EXPECT_EQ(readText("vector vector table_addr=8"), "accepted");
  const std::string depthwise = "depthwise vector weight_zp_addr=8";
  expect(depthwise + " weight_zp_columns=1", "weight_zp_addr", 16);
  EXPECT_EQ(readText(depthwise), "accepted");
  EXPECT_EQ(readText(depthwise + " weight_zp_columns=1 op=max"), "accepted");
  // The line is longer than a row where rows are short.
  const auto small = assemble("vector vector lookup=1 table_addr=8");
  EXPECT_EQ(read(writeProgram(*small, {.arrayRows = 8}), {.arrayRows = 8}),
            "command 0: table_addr: must be a multiple of 16, but is 8");
  EXPECT_EQ(readText("transpose vector src_step0=-16"), "accepted");
}

TEST(Program, SemaphoresAreChecked) {
  EXPECT_EQ(readText("sync store wait=7"),
            "command 0: wait0_sem: takes 1 of semaphore 7, but earlier "
            "commands leave 0");
  EXPECT_EQ(readText("sync store signal=7\nsync vector signal=7"),
            "command 1: signal0_sem: semaphore 7 is signalled by store "
            "already");
  EXPECT_EQ(readText("sync store signal=7:2\nsync vector wait=7\n"
                     "sync matrix wait=7"),
            "command 2: wait0_sem: semaphore 7 is waited for by vector "
            "already");
  std::string many;
  for (int i = 0; i < 18; ++i)
    many += "sync store signal=7:15\n";
  EXPECT_EQ(readText(many), "command 17: signal0_sem: semaphore 7 overflows: "
                            "it would count 270, over 255");
}

TEST(Program, NoRandomFileGetsThroughUnchecked) {
  std::mt19937_64 random(3);
  const auto original = file();
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    auto bytes = original;
    for (int i = 0; i < 1 + round % 4; ++i)
      bytes[random() % bytes.size()] ^= std::byte(1 << random() % 8);
    const auto program = readProgram(bytes, Config{});
    if (!program)
      continue;
    ++accepted; // and then it is as sound as any
    EXPECT_FALSE(checkCommands(program->commands, Config{}, program->extents));
  }
  EXPECT_LT(accepted, 20000);
}

} // namespace
