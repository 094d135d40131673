// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a backend tells of a run on model and hardware reaches the host, and
// records that contradict each other are refused.

#include "tests/abi/Counting.h"

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// The sample program on the counting plugin.
class CosimTest : public CountingTest {
protected:
  llvm::Expected<std::optional<Cosimulation>>
  cosim(const std::string &rule, const std::string &units = "",
        const std::string &library = COUNTING_PLUGIN) {
    loadWithRule(rule, library);
    CosimRequest wanted;
    wanted.units = units;
    return executable->cosim({}, wanted);
  }

  std::string messageOf(const std::string &rule,
                        const std::string &units = "") {
    auto result = cosim(rule, units);
    return result ? "" : llvm::toString(result.takeError());
  }
};

} // namespace

TEST_F(CosimTest, TellsOfBothRuns) {
  const Cosimulation both = llvm::cantFail(cosim("different")).value();
  EXPECT_EQ(both.modelCycles, 300u);
  EXPECT_EQ(both.hardwareCycles, 302u);
  EXPECT_EQ(both.modelNs, 1000u);
  EXPECT_EQ(both.hardwareNs, 2000u);
  EXPECT_EQ(both.commandsInHardware, 2u);
  EXPECT_EQ(both.units, std::vector<std::string>{"array"});
  EXPECT_EQ(both.layers, std::vector<std::string>{"first"});
  ASSERT_EQ(both.commands.size(), 3u);
  EXPECT_EQ(both.commands[1].layer, 0u);
  EXPECT_EQ(both.commands[2].layer, Cosimulation::noLayer);
  EXPECT_EQ(both.commands[2].engine, "matrix");
  EXPECT_EQ(both.commands[2].model.cycles(), 100u);
  EXPECT_EQ(both.commands[2].hardware.cycles(), 102u);
  EXPECT_FALSE(both.commands[0].differs);
  EXPECT_TRUE(both.commands[1].differs);
  ASSERT_TRUE(both.difference);
  EXPECT_EQ(both.difference->command, 1u);
  EXPECT_EQ(both.difference->text, "matmul matrix out_w=4");
  EXPECT_EQ(both.difference->place, "scratchpad byte 68498");
  EXPECT_EQ(both.difference->resultBytes, 64u);
  EXPECT_EQ(both.difference->differingBytes, 3u);
  EXPECT_EQ(both.difference->got, 73u);
  EXPECT_EQ(both.difference->want, 74u);
}

TEST_F(CosimTest, EqualRunsHaveNoDifference) {
  EXPECT_FALSE(llvm::cantFail(cosim("")).value().difference);
}

TEST_F(CosimTest, HasNothingToSayWithoutTheGroup) {
  EXPECT_FALSE(
      llvm::cantFail(cosim("", "", HOSTILE_PLUGINS "/good.so")).has_value());
}

TEST_F(CosimTest, PassesTheUnitsOn) {
  EXPECT_EQ(messageOf("", "none"),
            "counting: cosim failed: invalid argument: no such unit");
  EXPECT_EQ(liveFailures(), 0u);
}

TEST_F(CosimTest, RefusesRecordsThatBreakARule) {
  const struct {
    const char *rule, *message;
  } rules[] = {
      {"run_missing", "unit comes before the run"},
      {"run_null", "gp_cosim_run is NULL"},
      {"run_size", "gp_cosim_run.struct_size is 1, the host knows 48 bytes"},
      {"run_twice", "run is called twice"},
      {"in_hardware", "hardware did 4 of 3 commands"},
      {"unit_nameless", "the name of a unit is empty"},
      {"unit_twice", "unit 'array' comes twice"},
      {"no_layer", "command 0 names layer 0, but there are 0"},
      {"engine", "the engine of a command is NULL"},
      {"differs_2", "command 0: differs is 2, but needs to be 0 or 1"},
      {"backwards", "command 1 ends before it begins, or after the run"},
      {"late", "command 0 ends before it begins, or after the run"},
      {"layer_late", "layer comes after a command"},
      {"difference_missing", "the difference is not that of the first command "
                             "that differs"},
      {"difference_elsewhere", "the difference is not that of the first "
                               "command that differs"},
      {"difference_of_none", "the difference is not that of the first command "
                             "that differs"},
      {"difference_equal", "a difference of 3 of 64 bytes, of which the first "
                           "is 74 and should be 74"},
  };
  for (const auto &[rule, message] : rules) {
    const std::string got = messageOf(rule);
    EXPECT_NE(got.find(message), std::string::npos) << rule << ": " << got;
  }
}
