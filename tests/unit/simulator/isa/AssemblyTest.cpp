// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs as text, both ways.

#include "simulator/isa/Assembly.h"

#include <gtest/gtest.h>

#include <random>

using namespace glowplug::npu;

namespace {

constexpr std::string_view text =
    R"(.extent 0 4096
load load_a signal=3:1 dram_offset=256 run=64 count0=4 dram_step0=-64 spad_step0=64
matmul matrix wait=3:1 signal=4:2 layer=2 out_w=16 last_rows=16 weight_row_step=16
vector vector wait=4:2 drain dst_kind=words rescale=1 op=add reduce=max a_kind=bytes
)";

TEST(Assembly, TextComesBack) {
  const auto program = assemble(text);
  ASSERT_TRUE(program) << program.message();
  EXPECT_EQ(program->extents[0], 4096);
  ASSERT_EQ(program->commands.size(), 3u);
  EXPECT_EQ(disassemble(*program), text);
}

TEST(Assembly, AnyCommandComesBack) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 500; ++round) {
    const CommandInfo &info = commandInfos[random() % commandInfos.size()];
    Program program;
    Encoded &code = program.commands.emplace_back();
    for (int i = 0; i < info.fieldCount; ++i) {
      const FieldInfo &field = info.fields[i];
      const auto span =
          static_cast<std::uint64_t>(field.most - field.least) + 1;
      setBits(code, field.low, field.width,
              field.least + static_cast<std::int64_t>(random() % span));
    }
    setBits(code, 0, 8, static_cast<std::int64_t>(info.opcode));
    setBits(code, 8, 3, static_cast<std::int64_t>(random() % queueCount));
    setBits(code, 11, 1, static_cast<std::int64_t>(random() % 2));
    const auto back = assemble(disassemble(program));
    ASSERT_TRUE(back) << back.message();
    EXPECT_EQ(*back, program);
  }
}

TEST(Assembly, FaultsNameLineAndWord) {
  const auto message = [](std::string_view source) {
    const auto program = assemble(source);
    return program ? std::string("accepted") : program.message();
  };
  EXPECT_EQ(message("\nlaod load_a"), "line 2: 'laod' is not a command");
  EXPECT_EQ(message("load"), "line 1: load needs the name of a queue");
  EXPECT_EQ(message("load load_a run=0"),
            "line 1: run: must lie in 1..65535, but is 0");
  EXPECT_EQ(message("load load_a run=x"), "line 1: run: 'x' is not a value");
  EXPECT_EQ(message("load load_a rows=1"), "line 1: load has no field rows");
  EXPECT_EQ(message("load load_a run"), "line 1: 'run' is not name=value");
  EXPECT_EQ(message("sync store wait=1 wait=2 wait=3 wait=4"),
            "line 1: wait: a command has three at most");
  EXPECT_EQ(message("sync store wait=64"),
            "line 1: wait0_sem: must lie in 0..63, but is 64");
  EXPECT_EQ(message(".extent 8 1"),
            "line 1: .extent needs a base register, 0..7, and its bytes");
}

} // namespace
