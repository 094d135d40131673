// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whole programs: order, constants, dead layers, and the answers of check.

#include "backends/npu-sim/compiler/Compiler.h"
#include "backends/npu-sim/compiler/program/ReadValues.h"
#include "tests/unit/backends/npu-sim/compiler/match/Testing.h"

#include <gmock/gmock.h>

namespace glowplug::matchtest {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RegionBuilder clamp(std::uint8_t limit) {
  RegionBuilder region(DType::u8);
  region.yield(region.min(region.parameter(0), region.constant(limit)));
  return region;
}

TEST(Programs, OrderNamesAndDeadLayers) {
  Random random(31);
  Case test(random);
  const ValueId x = test.input(DType::u8, {1, 4, 3, 3});
  test.b.setLocation("first");
  const ValueId a = test.b.map(clamp(100), x)[0];
  test.b.setLocation("dead");
  test.b.map(clamp(90), test.b.map(clamp(80), a)[0]);
  test.b.setLocation("");
  const ValueId w = test.constant(DType::i8, {4, 4, 1, 1});
  const ValueId c = test.b.conv(a, w);
  test.b.output(a);
  test.b.output(c);
  expectExact(test);

  const Image image(test.b);
  const auto program = npusim::readProgram(image.root(), {config(), {}});
  ASSERT_TRUE(program) << program.message();
  ASSERT_EQ(program->layers.size(), 2u);
  EXPECT_EQ(program->layers[0].name, "first");
  EXPECT_EQ(program->layers[1].name, "conv");
  EXPECT_EQ(program->layers[1].op, 4u);
  EXPECT_EQ(program->layers[1].macs, 4 * 4 * 9);
  EXPECT_TRUE(program->values[program->layers[1].operands[1]].isConstant);
}

/// Operands that an epilogue does not look at keep nothing alive.
TEST(Programs, UnreadOperandsKeepNothingAlive) {
  Random random(32);
  Case test(random);
  const ValueId x = test.input(DType::u8, {1, 4, 3, 3});
  const ValueId unread = test.b.map(clamp(100), x)[0];
  RegionBuilder region({DType::i32, DType::u8});
  region.yield(region.parameter(0));
  ConvOptions options;
  options.epilogue = {region, {unread}};
  test.b.output(
      test.b.conv(x, test.constant(DType::i8, {4, 4, 1, 1}), options));
  expectExact(test);
  const Image image(test.b);
  EXPECT_EQ(npusim::readProgram(image.root(), {config(), {}})->layers.size(),
            1u);
}

std::vector<std::string> reasonsOf(const ProgramBuilder &program) {
  const Image image(program);
  std::vector<std::string> reasons;
  for (const npusim::Verdict &verdict : npusim::check(image.root(), config())) {
    EXPECT_EQ(verdict.isSupported, verdict.reason.empty());
    reasons.push_back(verdict.reason);
  }
  return reasons;
}

TEST(Programs, CheckAnswersForEachOp) {
  Random random(33);
  Case test(random);
  const ValueId x = test.input(DType::u8, {1, 4});
  const ValueId a = test.b.map(clamp(100), x)[0];
  BodyBuilder &body = test.b.addBody();
  const ValueId inner = body.input("x", DType::u8, {1, 4});
  body.output(body.map(clamp(1), inner)[0]);
  const ValueId c = test.b.composite("special", body, a)[0];
  const ValueId w = test.constant(DType::u8, {4, 2});
  test.b.output(test.b.matmul(c, w));
  EXPECT_THAT(reasonsOf(test.b),
              ElementsAre("", HasSubstr("composite special is not taken whole"),
                          "", ""));
  const Image image(test.b);
  const auto program = npusim::readProgram(image.root(), {config(), {}});
  ASSERT_FALSE(program);
  EXPECT_THAT(program.message(), HasSubstr("op 1 'composite': composite"));
}

TEST(Programs, ConstantsAreNoOutputs) {
  Random random(34);
  Case constant(random);
  constant.b.output(constant.constant(DType::u8, {100}));
  EXPECT_THAT(reasonsOf(constant.b), ElementsAre("a constant as an output"));
}

/// The answer about the one op of \p program, which the core would refuse, too.
std::string newerReason(const ProgramBuilder &program) {
  const std::vector<std::uint8_t> bytes = program.finish();
  const auto verdicts = npusim::check(gp_image_root(bytes.data()), config());
  EXPECT_EQ(verdicts.size(), 1u);
  return verdicts.at(0).reason;
}

TEST(Programs, NewerImages) {
  Random random(35);
  Case feature(random), op(random);
  for (Case *test : {&feature, &op})
    test->b.output(test->b.map(clamp(1), test->input(DType::u8, {4}))[0]);
  feature.b.require("telepathy");
  op.b.lastOp().version = 2;
  EXPECT_EQ(newerReason(feature.b), "unknown required feature 'telepathy'");
  EXPECT_EQ(newerReason(op.b), "map version 2 is newer than 1");
}

TEST(Programs, AskWhetherLayersFit) {
  Random random(36);
  Case test(random);
  test.b.output(test.b.map(clamp(1), test.input(DType::u8, {4}))[0]);
  const Image image(test.b);
  auto never = [](const npusim::Layer &layer, const npusim::Program &,
                  const npu::Config &, std::string &why) {
    why = "no room for " + layer.name;
    return false;
  };
  const auto program = npusim::readProgram(image.root(), {config(), never});
  ASSERT_FALSE(program);
  EXPECT_EQ(program.message(), "op 0 'map': no room for map");
}

/// A layer that is too large with its epilogue alone asks for a split.
TEST(Programs, EpiloguesThatDoNotFit) {
  for (const bool hasEpilogue : {false, true})
    for (const std::size_t room : {0, 1, 2}) {
      SCOPED_TRACE(std::to_string(room) + (hasEpilogue ? " with" : ""));
      Random random(37);
      Case test(random);
      RegionBuilder region({DType::i32, DType::u8});
      ScalarId x = region.parameter(0);
      for (int i = 0; i < 2; ++i)
        x = region.rescaleTosa(image::ScalarOp::rescale_tosa_single,
                               i == 0 ? x : region.cast(DType::i32, x),
                               region.constant<std::int32_t>(1 << 30),
                               region.constant<std::int32_t>(33),
                               region.constant<std::int8_t>(1));
      region.yield(x);
      ConvOptions options;
      if (hasEpilogue)
        options.epilogue = {region, {test.input(DType::u8, {1, 4, 3, 3})}};
      test.b.output(test.b.conv(test.input(DType::u8, {1, 4, 3, 3}),
                                test.constant(DType::i8, {4, 4, 1, 1}),
                                options));
      auto fits = [&](const npusim::Layer &layer, const npusim::Program &,
                      const npu::Config &, std::string &why) {
        why = "too many stages";
        return layer.stages.size() <= room;
      };
      const Image image(test.b);
      const npusim::Matched matched = npusim::matchOp(
          gp_image_body_ops_at(gp_image_program_body(image.root()), 1), 1,
          npusim::readValues(image.root()), {config(), fits});
      const auto *refusal = std::get_if<npusim::Refusal>(&matched);
      ASSERT_EQ(refusal == nullptr, room >= (hasEpilogue ? 2u : 1u));
      if (refusal) {
        EXPECT_EQ(refusal->reason, "too many stages");
        EXPECT_EQ(refusal->splitEpilogue, hasEpilogue && room == 1);
      }
    }
}

} // namespace

} // namespace glowplug::matchtest
