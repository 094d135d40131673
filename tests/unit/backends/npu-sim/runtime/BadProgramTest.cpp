// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs that must not reach a device: load says which command is wrong, and
// which field.

#include "simulator/isa/Assembly.h"
#include "tests/unit/backends/npu-sim/runtime/Testing.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

using namespace glowplug;
using namespace glowplug::npusim;
using namespace glowplug::npusim::test;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

constexpr std::array<std::int64_t, 4> extents{64, 64, 64, 64};

std::string errorOf(std::string_view assembly, int layers = 1) {
  const std::vector<std::uint8_t> constants(64);
  return loadError(blobOf(assembly, extents, layers), constants);
}

TEST(BadProgram, UnknownOpcode) {
  Blob blob = blobOf("sync store\nsync store\n", extents);
  npu::setBits(blob.program.commands[1], 0, 8, 77);
  EXPECT_EQ(loadError(blob, std::vector<std::uint8_t>(64)),
            "command 1: opcode: 77 is unknown");
}

TEST(BadProgram, AddressesOutOfRange) {
  EXPECT_EQ(errorOf("load load_a dram_base=2 dram_offset=1 run=64\n"),
            "command 0: dram_offset: reaches 1..64, but the memory at base 2 "
            "has 0..63");
  EXPECT_EQ(errorOf("sync store\n"
                    "load load_a dram_base=2 run=2 spad_addr=262143\n"),
            "command 1: spad_addr: reaches 262143..262144, but the scratchpad "
            "has 0..262143");
  EXPECT_THAT(errorOf("load load_a dram_base=7 run=1\n"),
              StartsWith("command 0: dram_offset: reaches 0..0, but the memory "
                         "at base 7 has 0.."));
  EXPECT_THAT(errorOf("matmul matrix last_rows=17\n"),
              StartsWith("command 0: last_rows: must be at most 16"));
}

TEST(BadProgram, Semaphores) {
  EXPECT_EQ(errorOf("sync vector wait=3\n"),
            "command 0: wait0_sem: takes 1 of semaphore 3, but earlier "
            "commands leave 0");
  std::string signals;
  for (int i = 0; i < 18; ++i)
    signals += "sync vector signal=3:15\n";
  EXPECT_EQ(errorOf(signals), "command 17: signal0_sem: semaphore 3 overflows: "
                              "it would count 270, over 255");
  // Sound in program order, but the queue that signals runs ahead.
  std::string ahead = "fill load_a dst_addr=0 run=65535\n"
                      "sync load_a signal=1\n"
                      "sync matrix wait=1\n";
  for (int i = 0; i < 40; ++i)
    ahead += "sync vector signal=2:15 signal=2:15\n"
             "sync matrix wait=2:15 wait=2:15\n";
  EXPECT_THAT(errorOf(ahead),
              AllOf(HasSubstr("semaphore 2"), HasSubstr("255")));
}

TEST(BadProgram, WritesToWhatIsNotItsOwn) {
  EXPECT_EQ(errorOf("store store dram_base=1 run=1\n"), "");
  EXPECT_EQ(errorOf("store store dram_base=3 run=1\n"), "");
  EXPECT_EQ(errorOf("sync store\nstore store dram_base=0 run=1\n"),
            "command 1: dram_base: 0 is not to be written");
  EXPECT_EQ(errorOf("store store dram_base=2 run=1\n"),
            "command 0: dram_base: 2 is not to be written");
}

TEST(BadProgram, UnknownLayer) {
  EXPECT_EQ(errorOf("sync store layer=1\nsync store layer=2\n", 2),
            "command 1: layer: is 2, but there are 2 layers");
}

TEST(BadProgram, ForAnotherConfiguration) {
  npu::Config small;
  small.arrayRows = 8;
  const auto bytes = writeBlob(blobOf("sync store\n", {0, 0, 0, 0}), small);
  const auto loaded = Executable::load(bytes, {}, {}, makeInProcessDevice({}));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.message(),
              AllOf(StartsWith("configuration: the program is for "),
                    HasSubstr(fmt::format("{:016x}", npu::configHash({})))));
  // What does not bind may differ.
  npu::Config slow;
  slow.dramBanked = 1;
  slow.queueDepth = 2;
  const auto sync = writeBlob(blobOf("sync store\n", {0, 0, 0, 0}), {});
  EXPECT_TRUE(Executable::load(sync, {}, slow, makeInProcessDevice(slow)));
}

TEST(BadProgram, TruncatedStream) {
  auto bytes = writeBlob(blobOf("sync store\nsync store\n", extents), {});
  // The size of the program is honest, its number of commands is not.
  bytes[16 + 16] = 3;
  EXPECT_EQ(readBlob(bytes, {}).message(),
            "command 2: the program ends after 0 bytes of it; there should be "
            "3 commands");
  const auto cut = writeBlob(blobOf("sync store\nsync store\n", extents), {});
  EXPECT_EQ(readBlob(std::span(cut).first(200), {}).message(),
            "program: needs 256 bytes, but 184 are left");
}

TEST(BadProgram, ConstantsThatAreMissing) {
  const Blob blob = blobOf("sync store\n", extents);
  EXPECT_EQ(loadError(blob), "segments: needs 1, but got 0");
  EXPECT_EQ(loadError(blob, std::vector<std::uint8_t>(63)),
            "segment 0: needs 64 bytes, but has 63");
  const std::vector<std::uint8_t> bytes(64);
  const std::span<const std::uint8_t> two[] = {bytes, bytes};
  const auto loaded =
      Executable::load(writeBlob(blob, {}), two, {}, makeInProcessDevice({}));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.message(), "segments: needs 1, but got 2");
  // One that is not needed is a mistake as well.
  EXPECT_EQ(loadError(blobOf("sync store\n", {}), bytes),
            "segments: needs 0, but got 1");
}

/// Nothing is taken that would not end.
TEST(BadProgram, WorkWithoutEnd) {
  const std::string_view most = " count0=65535 count1=65535 count2=65535 "
                                "count3=65535 run=65535\n";
  for (const char *command : {"load load_a dram_base=2",
                              "copy store dst_addr=70000", "fill load_w"}) {
    // Each of its counts is too much by itself.
    for (const char *counts :
         {" run=60 count0=4370", " run=60 count3=4370", " run=60 count1=65535",
          " run=30 count0=9 count1=10 count2=11 count3=12"})
      EXPECT_THAT(errorOf(std::string(command) + counts + "\n"),
                  StartsWith("command 0: run: with its counts the command "
                             "writes more than the 262144 bytes"))
          << command << counts;
    EXPECT_EQ(errorOf(std::string(command) + " run=60 count2=4369\n"), "")
        << command;
  }
  EXPECT_EQ(errorOf("store store dram_base=1 run=32 count1=2\n"), "");
  EXPECT_THAT(errorOf("store store dram_base=1 run=13 count1=5\n"),
              StartsWith("command 0: run: with its counts the command writes "
                         "more than the 64 bytes"));
  EXPECT_NE(errorOf("fill load_a" + std::string(most)), "");
  std::string steps; // of 4095 * 63 * 63 * 1024 rows
  for (int i = 0; i < 5; ++i)
    steps += "matmul matrix blocks=4095 kernel_h=63 kernel_w=63 out_w=1024 "
             "weight_addr=65536\n";
  EXPECT_EQ(errorOf(steps),
            "command 4: the array and the vector unit would take more than "
            "68719476736 rows up to here");
  EXPECT_EQ(errorOf(steps.substr(0, steps.size() / 5 * 4)), "");
}

/// What load takes also runs, whatever its bits mean.
TEST(BadProgram, WhatIsTakenRuns) {
  const Blob good = gemmBlob(32, 16, 32, 16, {});
  const std::vector<std::uint8_t> constants(
      std::size_t(good.program.extents[constantsBase]));
  const std::vector<std::uint8_t> input(std::size_t(good.inputs[0].bytes));
  std::vector<std::uint8_t> output(std::size_t(good.outputs[0].bytes));
  std::mt19937_64 random(8);
  int ran = 0;
  for (int round = 0; round < 4000; ++round) {
    Blob blob = good;
    auto &commands = blob.program.commands;
    npu::Encoded &code = commands[random() % commands.size()];
    const auto bit = static_cast<unsigned>(random() % npu::commandBits);
    code.words[bit / 64] ^= std::uint64_t(1) << bit % 64;
    auto loaded = load(blob, constants);
    // Some windows are sound, but take minutes.
    if (!loaded || (*loaded)->timeline().cycles > 1000000)
      continue;
    ++ran;
    const std::span<const std::uint8_t> inputs[] = {input};
    std::uint8_t *const outputs[] = {output.data()};
    EXPECT_FALSE((*loaded)->run({inputs, outputs, nullptr}));
  }
  EXPECT_GT(ran, 100);
}

} // namespace
