// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fields survive encoding, and do not disturb each other.

#include "simulator/isa/Command.h"

#include <gtest/gtest.h>

#include <random>

using namespace glowplug::npu;

namespace {

/// A value within the field's range.
std::int64_t anyValue(const FieldInfo &field, std::mt19937_64 &random) {
  const std::uint64_t span =
      static_cast<std::uint64_t>(field.most - field.least) + 1;
  return field.least + static_cast<std::int64_t>(random() % span);
}

TEST(Encoding, EveryCommandComesBackFromItsBits) {
  std::mt19937_64 random(1);
  for (const CommandInfo &info : commandInfos)
    for (int round = 0; round < 200; ++round) {
      Encoded code;
      for (const FieldInfo &field : headerFields)
        setBits(code, field.low, field.width, anyValue(field, random));
      setBits(code, 0, 8, static_cast<std::int64_t>(info.opcode));
      for (int i = 0; i < info.fieldCount; ++i)
        setBits(code, info.fields[i].low, info.fields[i].width,
                anyValue(info.fields[i], random));
      const auto command = decodeCommand(code);
      ASSERT_TRUE(command);
      EXPECT_EQ(encodeCommand(*command), code) << info.name;
    }
}

TEST(Encoding, FieldsThatCrossAWordKeepTheirNeighbours) {
  Encoded code;
  code.words.fill(~std::uint64_t(0));
  setBits(code, 60, 10, 0x155);
  EXPECT_EQ(getBits(code, 60, 10), 0x155u);
  EXPECT_EQ(getBits(code, 0, 60), (std::uint64_t(1) << 60) - 1);
  EXPECT_EQ(getBits(code, 70, 58), (std::uint64_t(1) << 58) - 1);
  EXPECT_EQ(getSigned(code, 70, 5), -1);
}

TEST(Encoding, NegativeStepsKeepTheirSign) {
  Load load;
  load.dramStep[3] = -5;
  load.spadStep[0] = -(1 << 23);
  Encoded code = encodeCommand(load);
  const Load back = std::get<Load>(*decodeCommand(code));
  EXPECT_EQ(back.dramStep[3], -5);
  EXPECT_EQ(back.spadStep[0], -(1 << 23));
}

TEST(Encoding, UnknownOpcodesGiveNoCommand) {
  Encoded code;
  for (int opcode = 0; opcode < 256; ++opcode) {
    setBits(code, 0, 8, opcode);
    EXPECT_EQ(decodeCommand(code).has_value(), findCommand(opcode) != nullptr);
  }
}

} // namespace
