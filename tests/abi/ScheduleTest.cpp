// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instr programs of a backend reach the host verified, and go back to be
// encoded.

#include "tests/abi/Images.h"

#include "core/image/instr/instr_generated.h"
#include "core/runtime/Backend.h"
#include "core/runtime/Host.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// y = -x of f32[4, 8].
AlignedBytes negation() {
  MapProgram program;
  program.shapes = {{4, 8}, {4, 8}};
  program.inputs = {0};
  program.outputs = {1};
  MapOp op;
  op.operands = {0};
  op.results = {1};
  op.steps = {{image::ScalarOp::neg, {0}}};
  op.regionResults = {1};
  program.ops = {op};
  return program.build();
}

std::shared_ptr<Backend> open(const std::string &library,
                              const std::string &rule = "") {
  std::vector<BackendOption> options;
  if (!rule.empty())
    options.push_back({"rule", rule});
  return llvm::cantFail(
      Backend::create(llvm::cantFail(Plugin::open(library)), options));
}

} // namespace

TEST(ScheduleTest, GivesAVerifiedProgram) {
  const auto backend = open(TILES_PLUGIN);
  EXPECT_TRUE(llvm::cantFail(backend->machine()).has_value());
  const AlignedBytes image = negation();
  const InstrProgram program =
      llvm::cantFail(backend->schedule(image, {})).value();
  const instr::Program &table = *instr::GetProgram(program.program.data());
  EXPECT_EQ(table.name()->str(), "copies");
  EXPECT_EQ(table.instructions()->size(), 2u);
  EXPECT_TRUE(program.segments.empty());

  const CompiledProgram encoded = llvm::cantFail(backend->encode(program));
  EXPECT_EQ(llvm::ArrayRef<uint8_t>(encoded.blob),
            llvm::ArrayRef<uint8_t>(program.program));
  EXPECT_EQ(encoded.requirement, "toy");
  EXPECT_EQ(encoded.workspaceBytes, 64u);
}

TEST(ScheduleTest, HasNothingToGiveWithoutTheGroups) {
  const auto backend = open(COUNTING_PLUGIN);
  EXPECT_FALSE(llvm::cantFail(backend->machine()).has_value());
  EXPECT_FALSE(llvm::cantFail(backend->schedule(negation(), {})).has_value());
}

TEST(ScheduleTest, RefusesWhatBreaksARule) {
  const struct {
    const char *rule, *message;
  } rules[] = {
      {"machine_missing", "machine broke a rule: succeeded without bytes"},
      {"machine_null", "machine broke a rule: got 8 bytes at NULL"},
      {"machine_twice", "machine broke a rule: bytes is called twice"},
      {"machine_garbage", "machine broke a rule: "},
      {"schedule_fails",
       "schedule failed: out of memory: the scratchpad is too small"},
      {"program_missing", "schedule broke a rule: succeeded without a program"},
      {"program_null", "schedule broke a rule: got 8 bytes at NULL"},
      {"program_twice", "schedule broke a rule: bytes is called twice"},
      {"program_garbage", "schedule broke a rule: "},
      {"race", "schedule broke a rule: instruction 1 on 'store'"},
      {"segment_missing", "schedule broke a rule: the program has 1 segments, "
                          "but 0 were given"},
      {"segment_short", "schedule broke a rule: segment 0 has 32 bytes, but "
                        "the program says 64"},
      {"other_count", "schedule broke a rule: the program has 2 inputs, but "
                      "the image 1"},
      {"other_shape", "schedule broke a rule: input 0 is f32[4,8,1], but that "
                      "of the image is f32[4,8]"},
  };
  for (const auto &broken : rules) {
    const auto backend = open(TILES_PLUGIN, broken.rule);
    auto program = backend->schedule(negation(), {});
    ASSERT_FALSE(bool(program)) << broken.rule;
    const std::string message = llvm::toString(program.takeError());
    EXPECT_TRUE(llvm::StringRef(message).starts_with(std::string("tiles: ") +
                                                     broken.message))
        << broken.rule << ": " << message;
  }
  EXPECT_EQ(liveFailures(), 0u);
}
