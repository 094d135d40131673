// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random programs on random machines: what is taken compiles, keeps the rules
// of the machine, and has the interpreter's bits.
//
// GLOWPLUG_FUZZ_CASES is the number of programs of each family, and
// GLOWPLUG_FUZZ_FIRST the number of the first, for long runs and single cases;
// with GLOWPLUG_FUZZ_PRINT all are printed.

#include "tests/unit/backends/npu-sim/compiler/RandomConfig.h"
#include "tests/unit/backends/npu-sim/compiler/Running.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace glowplug::compilertest {

namespace {

struct Family {
  const char *name;
  std::vector<Kind> kinds;
  int least, most; ///< ops
  int cases = 300;
  bool isLarge = false; ///< layers of real size, machines as well
};

std::vector<Kind> allKinds() {
  std::vector<Kind> kinds;
  for (int i = 0; i <= static_cast<int>(Kind::Broadcast); ++i)
    kinds.push_back(static_cast<Kind>(i));
  return kinds;
}

std::vector<Family> families() {
  return {
      {"Conv", {Kind::Conv}, 1, 1},
      {"Grouped", {Kind::Grouped}, 1, 1},
      {"Depthwise", {Kind::Depthwise}, 1, 1},
      {"MatMul", {Kind::MatMul}, 1, 1},
      {"Dynamic", {Kind::Dynamic}, 1, 2},
      {"Pool", {Kind::Pool}, 1, 1},
      {"Reduce", {Kind::Reduce}, 1, 1},
      {"Map", {Kind::Map}, 1, 1},
      {"Moves",
       {Kind::Reshape, Kind::Transpose, Kind::Slice, Kind::Concat, Kind::Pad,
        Kind::Broadcast, Kind::Map},
       1,
       4},
      {"Convs", {Kind::Conv, Kind::Depthwise, Kind::Pool, Kind::Map}, 2, 5},
      {"Attention",
       {Kind::MatMul, Kind::Dynamic, Kind::Reshape, Kind::Transpose,
        Kind::Slice, Kind::Map},
       2,
       6},
      {"Mixed", allKinds(), 2, 6, 800},
      {"Large",
       {Kind::Conv, Kind::Grouped, Kind::Depthwise, Kind::MatMul, Kind::Dynamic,
        Kind::Pool, Kind::Reduce, Kind::Map},
       1,
       3,
       40,
       true},
  };
}

int number(const char *variable, int otherwise) {
  const char *text = std::getenv(variable);
  return text ? std::atoi(text) : otherwise;
}

/// FNV-1a.
std::uint32_t seedOf(const std::string &name) {
  std::uint32_t hash = 2166136261u;
  for (char c : name)
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
  return hash;
}

class CompilerTest : public testing::TestWithParam<Family> {};

TEST_P(CompilerTest, RandomProgramsAreExact) {
  const Family family = GetParam();
  const int first = number("GLOWPLUG_FUZZ_FIRST", 0);
  const int count = number("GLOWPLUG_FUZZ_CASES", family.cases);
  int taken = 0, rich = 0, failures = 0;
  for (int n = first; n < first + count && failures < 20; ++n) {
    Random random(seedOf(fmt::format("{} {}", family.name, n)));
    npu::Config config = randomConfig(random);
    if (family.isLarge) {
      const npu::Config usual;
      config.arrayRows = std::max(config.arrayRows, 8);
      config.scratchpadBankBytes = usual.scratchpadBankBytes;
      config.accumulatorBankRows = usual.accumulatorBankRows;
      config.depthwiseLineWidth = usual.depthwiseLineWidth;
      config.depthwiseSumRows = usual.depthwiseSumRows;
    }
    const npusim::CompileOptions options{pick(random, 0, 3) != 0};
    const RandomProgram program(
        random, family.kinds,
        static_cast<int>(pick(random, family.least, family.most)),
        config.arrayRows, family.isLarge);
    const Outcome outcome = compare(program, config, options);
    taken += outcome.refusal.empty();
    rich += outcome.distinct > 8;
    if (std::getenv("GLOWPLUG_FUZZ_PRINT"))
      fmt::print("{} {}: {}{} commands\n{}  on {}\n", family.name, n,
                 outcome.refusal.empty() ? "" : outcome.refusal + ", ",
                 outcome.commands, program.text, textOf(config));
    if (outcome.failure.empty())
      continue;
    ++failures;
    ADD_FAILURE() << family.name << " " << n << ": " << outcome.failure << "\n"
                  << program.text << "  on " << textOf(config)
                  << (options.doubleBuffer ? "" : " single") << ", "
                  << outcome.commands << " commands";
  }
  // Most of them have to be taken, not refused.
  EXPECT_GE(taken, count / 2);
  // And most results must not be trivial.
  EXPECT_GE(rich, count / 5);
  RecordProperty("taken", taken);
  RecordProperty("rich", rich);
}

INSTANTIATE_TEST_SUITE_P(Npu, CompilerTest, testing::ValuesIn(families()),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });

} // namespace

} // namespace glowplug::compilertest
